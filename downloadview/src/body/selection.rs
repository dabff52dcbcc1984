//! Selects from a source exactly the bytes that were requested.

use std::task::{Context, Poll, ready};

use axum::BoxError;
use bytes::Bytes;
use tokio::time::Instant;

use super::{Source, chunk::Chunk};
use crate::{
    error::Fault,
    http::{multipart::Multipart, range::ByteRange},
};

/// The part of a source that is sent: all of it, a range, or several ranges.
pub(crate) struct Selection {
    source: Source,
    /// True if the source can seek to a range. Otherwise, the bytes before the range are discarded.
    can_seek: bool,
    /// The size of the whole source, if it is known.
    size: Option<u64>,
    /// The position of the next byte in the source.
    position: u64,
    /// Bytes after the end of the last part. The next part may begin in them.
    ahead: Option<Chunk>,
    /// The range that is being sent.
    part: Option<ByteRange>,
    /// The last bytes of a sized source, kept until the source has ended there.
    held: Option<Bytes>,
    multipart: Option<Box<(Multipart, Step)>>,
}

/// The result of a poll.
pub(crate) enum Progress {
    /// Bytes that were requested.
    Chunk(Chunk),
    /// The source produced bytes, but none that were requested.
    Skipped,
}

/// The next step of a multipart body.
#[derive(Clone, Copy)]
enum Step {
    Head(usize),
    Body(usize),
    Done,
}

impl Selection {
    /// Selects the whole source: `size` bytes, or everything up to its end if the size is unknown.
    pub(crate) fn whole(source: Source, can_seek: bool, size: Option<u64>) -> Self {
        let end = size.unwrap_or(u64::MAX);
        Self::part(source, can_seek, size, ByteRange { start: 0, end })
    }

    /// Selects bytes in memory.
    pub(crate) fn memory(bytes: Bytes) -> Self {
        let size = bytes.len() as u64;
        Self::whole(Source::memory(bytes), true, Some(size))
    }

    /// Selects one range of a source of `size` bytes.
    pub(crate) fn part(
        source: Source,
        can_seek: bool,
        size: Option<u64>,
        range: ByteRange,
    ) -> Self {
        let mut selection = Self::new(source, can_seek, size);
        selection.begin(range);
        selection
    }

    /// Selects several ranges of a source of `size` bytes, as `multipart/byteranges`.
    pub(crate) fn parts(source: Source, can_seek: bool, size: u64, multipart: Multipart) -> Self {
        let mut selection = Self::new(source, can_seek, Some(size));
        selection.multipart = Some(Box::new((multipart, Step::Head(0))));
        selection
    }

    fn new(source: Source, can_seek: bool, size: Option<u64>) -> Self {
        Self {
            source,
            can_seek,
            size,
            position: 0,
            ahead: None,
            part: None,
            held: None,
            multipart: None,
        }
    }

    fn begin(&mut self, range: ByteRange) {
        if self.can_seek {
            self.source.select(range);
            self.position = range.start;
        }
        self.part = Some(range);
    }

    pub(crate) fn can_seek(&self) -> bool {
        self.can_seek
    }

    pub(crate) fn is_memory(&self) -> bool {
        self.source.is_memory()
    }

    /// See [`Source::working_since`].
    pub(crate) fn working_since(&self, wait: Instant) -> Option<Instant> {
        self.source.working_since(wait)
    }

    /// See [`AsyncSource::locate`](super::source::AsyncSource::locate).
    pub(crate) fn locate(&self, error: BoxError) -> BoxError {
        self.source.locate(error)
    }

    /// Returns the next bytes that were requested.
    pub(crate) fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Result<Progress, BoxError>> {
        loop {
            let Some(range) = self.part else {
                match self.next_delimiter() {
                    Some(delimiter) => return Poll::Ready(Ok(Progress::Chunk(delimiter))),
                    None => continue,
                }
            };
            let Chunk { bytes, is_last } = ready!(self.poll_part(range, cx))?;
            if is_last {
                self.part = None;
            }
            let is_last = is_last && self.multipart.is_none();
            return Poll::Ready(Ok(match bytes.is_empty() {
                true if self.part.is_none() && !is_last => continue,
                true if !is_last => Progress::Skipped,
                _ => Progress::Chunk(Chunk { bytes, is_last }),
            }));
        }
    }

    /// Returns the framing between two parts, or `None` if the next bytes belong to a part.
    fn next_delimiter(&mut self) -> Option<Chunk> {
        let Some((multipart, step)) = self.multipart.as_deref_mut() else {
            return Some(Chunk::END);
        };
        match *step {
            Step::Head(part) if part == multipart.ranges().len() => {
                *step = Step::Done;
                Some(Chunk {
                    bytes: multipart.tail(),
                    is_last: true,
                })
            }
            Step::Head(part) => {
                *step = Step::Body(part);
                Some(Chunk {
                    bytes: multipart.part_head(part),
                    is_last: false,
                })
            }
            Step::Body(part) => {
                *step = Step::Head(part + 1);
                let range = multipart.ranges()[part];
                self.begin(range);
                None
            }
            Step::Done => Some(Chunk::END),
        }
    }

    /// Returns the next bytes of `range`. There may be none.
    fn poll_part(
        &mut self,
        range: ByteRange,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Chunk, BoxError>> {
        loop {
            let Chunk { mut bytes, is_last } = match self.ahead.take() {
                Some(ahead) => ahead,
                None => ready!(self.source.poll_chunk(cx))?,
            };
            let start = self.position;
            self.position = start.saturating_add(bytes.len() as u64);
            self.check_length(&bytes, range)?;
            if self.position > range.end {
                let bytes = bytes.split_off(offset(&bytes, start, range.end));
                self.ahead = Some(Chunk { bytes, is_last });
                self.position = range.end;
            }
            let bytes = cut(bytes, start, range);
            let is_complete = self.position >= range.end;
            // Bytes before an early end are sent. The failure follows at the next poll.
            let is_short = self.size.is_some() && !is_complete;
            let has_ended = is_last && self.ahead.is_none() && !is_short;
            if is_complete && !has_ended && self.must_end_at(range.end) {
                self.held = Some(bytes);
                continue;
            }
            return Poll::Ready(Ok(Chunk {
                bytes: self.held.take().unwrap_or(bytes),
                is_last: has_ended || (is_complete && !self.can_seek),
            }));
        }
    }

    /// Returns true if the last bytes must wait for the end of the source.
    ///
    /// The connection stops asking once the promised length has been sent, so a source that is too long would not be noticed. A source
    /// that can seek produces no more than the selected range.
    fn must_end_at(&self, position: u64) -> bool {
        !self.can_seek && Some(position) == self.size
    }

    /// Fails on bytes beyond the size of the source, and on an end before the end of the range.
    fn check_length(&self, bytes: &Bytes, range: ByteRange) -> Result<(), Fault> {
        match self.size {
            Some(size) if self.position > size => Err(Fault::Long { size }),
            Some(size) if bytes.is_empty() && self.position < range.end => Err(Fault::Short {
                size,
                got: self.position,
            }),
            _ => Ok(()),
        }
    }
}

/// Returns the part of `bytes` that lies in `range`. `start` is the position of `bytes` in the source.
fn cut(bytes: Bytes, start: u64, range: ByteRange) -> Bytes {
    let (from, to) = (
        offset(&bytes, start, range.start),
        offset(&bytes, start, range.end),
    );
    if from == 0 && to == bytes.len() {
        bytes
    } else {
        bytes.slice(from..to)
    }
}

/// Returns the offset in `bytes` of a position in the source. `start` is the position of `bytes` in the source.
fn offset(bytes: &Bytes, start: u64, position: u64) -> usize {
    let offset = position.saturating_sub(start).min(bytes.len() as u64);
    usize::try_from(offset).expect("an offset within `Bytes` fits")
}
