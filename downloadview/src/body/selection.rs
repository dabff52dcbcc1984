//! The bytes that were asked for, out of what a source gives, and not one more or less.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use axum::BoxError;
use bytes::Bytes;

use super::{Seekable, Source, WrongLength};
use crate::{content::Memory, decision::ByteRange, multipart::Multipart};

/// A source, and how it gets to a position.
pub(crate) enum Origin {
    /// It goes there.
    Seekable(Pin<Box<dyn Seekable>>),
    /// It produces everything before, which is discarded.
    Forward(Pin<Box<dyn Source>>),
}

impl Origin {
    /// Bytes that are there.
    pub(crate) fn memory(bytes: Bytes) -> Self {
        Self::Seekable(Box::pin(Memory::new(bytes)))
    }

    fn is_queued(&self) -> bool {
        match self {
            Self::Seekable(source) => source.is_queued(),
            Self::Forward(source) => source.is_queued(),
        }
    }

    fn watch(&mut self) {
        match self {
            Self::Seekable(source) => source.as_mut().watch(),
            Self::Forward(source) => source.as_mut().watch(),
        }
    }

    fn waits_in_place(&self) -> bool {
        match self {
            Self::Seekable(source) => source.waits_in_place(),
            Self::Forward(source) => source.waits_in_place(),
        }
    }

    fn is_memory(&self) -> bool {
        match self {
            Self::Seekable(source) => source.is_memory(),
            Self::Forward(source) => source.is_memory(),
        }
    }

    fn poll_frame(
        &mut self,
        most: usize,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, BoxError>>> {
        match self {
            Self::Seekable(source) => source.as_mut().poll_frame(most, cx),
            Self::Forward(source) => source.as_mut().poll_frame(most, cx),
        }
    }
}

/// What is sent of a source.
pub(crate) struct Selection {
    origin: Origin,
    /// The size of all that the source has, where it is known.
    size: Option<u64>,
    /// Where in the source the next byte from it stands.
    position: u64,
    /// What the source gave beyond the end of the last part: the next may begin there.
    ahead: Bytes,
    /// What is being sent of the source.
    part: Option<ByteRange>,
    /// The last bytes, kept until the source has said that it ends there.
    held: Option<Bytes>,
    multipart: Option<Box<(Multipart, Step)>>,
}

/// What a poll of a selection gives.
pub(crate) enum Given {
    /// Bytes that were asked for.
    Frame(Bytes),
    /// The source went on, but to nothing that was asked for.
    Discarded,
}

/// What of a multipart comes after the current part.
#[derive(Clone, Copy)]
enum Step {
    Head(usize),
    Body(usize),
    Done,
}

impl Selection {
    /// Everything: `size` bytes where that is known, else whatever comes.
    pub(crate) fn whole(origin: Origin, size: Option<u64>) -> Self {
        Self::part(
            origin,
            size,
            ByteRange {
                start: 0,
                end: size.unwrap_or(u64::MAX),
            },
        )
    }

    /// Bytes that are there.
    pub(crate) fn memory(bytes: Bytes) -> Self {
        let size = bytes.len() as u64;
        Self::whole(Origin::memory(bytes), Some(size))
    }

    /// One range of a source of `size` bytes.
    pub(crate) fn part(origin: Origin, size: Option<u64>, range: ByteRange) -> Self {
        let mut selection = Self::new(origin, size);
        selection.begin(range);
        selection
    }

    /// Several ranges of a source of `size` bytes, as `multipart/byteranges`.
    pub(crate) fn parts(origin: Origin, size: u64, multipart: Multipart) -> Self {
        let mut selection = Self::new(origin, Some(size));
        selection.multipart = Some(Box::new((multipart, Step::Head(0))));
        selection
    }

    fn new(origin: Origin, size: Option<u64>) -> Self {
        Self {
            origin,
            size,
            position: 0,
            ahead: Bytes::new(),
            part: None,
            held: None,
            multipart: None,
        }
    }

    fn begin(&mut self, range: ByteRange) {
        if let Origin::Seekable(source) = &mut self.origin {
            source.as_mut().select(range);
            self.position = range.start;
        }
        self.part = Some(range);
    }

    pub(crate) fn is_queued(&self) -> bool {
        self.origin.is_queued()
    }

    pub(crate) fn watch(&mut self) {
        self.origin.watch();
    }

    pub(crate) fn is_giving(&self) -> bool {
        // What is seekable knows its size, and nobody asks.
        matches!(&self.origin, Origin::Forward(source) if source.is_giving())
    }

    pub(crate) fn waits_in_place(&self) -> bool {
        self.origin.waits_in_place()
    }

    pub(crate) fn is_memory(&self) -> bool {
        self.origin.is_memory()
    }

    pub(crate) fn is_seekable(&self) -> bool {
        matches!(self.origin, Origin::Seekable(_))
    }

    pub(crate) fn poll_frame(
        &mut self,
        most: usize,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Given, BoxError>>> {
        loop {
            if let Some(range) = self.part {
                match ready!(self.poll_part(range, most, cx)) {
                    None => self.part = None,
                    given => return Poll::Ready(given),
                }
            }
            match self.next_delimiter() {
                Some(delimiter) => return Poll::Ready(Some(Ok(Given::Frame(delimiter)))),
                None if self.part.is_none() => return Poll::Ready(None),
                None => {}
            }
        }
    }

    /// What stands between two parts; none where a part is begun or nothing follows.
    fn next_delimiter(&mut self) -> Option<Bytes> {
        let (multipart, step) = &mut **self.multipart.as_mut()?;
        match *step {
            Step::Head(part) if part == multipart.ranges().len() => {
                *step = Step::Done;
                Some(multipart.tail())
            }
            Step::Head(part) => {
                *step = Step::Body(part);
                Some(multipart.part_head(part))
            }
            Step::Body(part) => {
                *step = Step::Head(part + 1);
                let range = multipart.ranges()[part];
                self.begin(range);
                None
            }
            Step::Done => None,
        }
    }

    /// The next bytes of `range`; `None` once all have been given.
    fn poll_part(
        &mut self,
        range: ByteRange,
        most: usize,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Given, BoxError>>> {
        loop {
            if self.position >= range.end && self.may_leave(range) {
                return Poll::Ready(None);
            }
            match ready!(self.poll_origin(most, cx)) {
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(self.end_of_source(range)),
                Some(Ok(mut frame)) => {
                    let start = self.position;
                    self.position = start.saturating_add(frame.len() as u64);
                    if let Some(size) = self.size.filter(|size| self.position > *size) {
                        return Poll::Ready(Some(Err(WrongLength::Long { size }.into())));
                    }
                    if self.position > range.end {
                        self.ahead = frame.split_off(offset(&frame, start, range.end));
                        self.position = range.end;
                    }
                    let wanted = cut(frame, start, range);
                    if wanted.is_empty() {
                        return Poll::Ready(Some(Ok(Given::Discarded)));
                    }
                    if self.position >= range.end && self.must_hear_the_end(range) {
                        self.held = Some(wanted);
                    } else {
                        return Poll::Ready(Some(Ok(Given::Frame(wanted))));
                    }
                }
            }
        }
    }

    fn poll_origin(
        &mut self,
        most: usize,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, BoxError>>> {
        if self.ahead.is_empty() {
            return self.origin.poll_frame(most, cx);
        }
        Poll::Ready(Some(Ok(std::mem::take(&mut self.ahead))))
    }

    /// Whether a part is over with its last byte. A seekable source is told of the next part only after it has said
    /// that it is at the end of this one.
    fn may_leave(&self, range: ByteRange) -> bool {
        !self.is_seekable() && !self.must_hear_the_end(range)
    }

    /// Nobody asks again once the promised length is out, so what reaches the end of a source goes out only after
    /// the source has said that it ends there. A seekable one cannot run past what it was asked for.
    fn must_hear_the_end(&self, range: ByteRange) -> bool {
        matches!(self.origin, Origin::Forward(_)) && Some(range.end) == self.size
    }

    fn end_of_source(&mut self, range: ByteRange) -> Option<Result<Given, BoxError>> {
        match self.size {
            Some(size) if self.position < range.end => Some(Err(WrongLength::Short {
                size,
                got: self.position,
            }
            .into())),
            _ => {
                self.part = None;
                self.held.take().map(|held| Ok(Given::Frame(held)))
            }
        }
    }
}

/// What of `frame`, which stands at `start` of the source, lies in `range`.
fn cut(frame: Bytes, start: u64, range: ByteRange) -> Bytes {
    let (from, to) = (
        offset(&frame, start, range.start),
        offset(&frame, start, range.end),
    );
    if from == 0 && to == frame.len() {
        frame
    } else {
        frame.slice(from..to)
    }
}

/// Where in `frame`, which stands at `start` of the source, a position of the source is.
fn offset(frame: &Bytes, start: u64, position: u64) -> usize {
    let offset = position.saturating_sub(start).min(frame.len() as u64);
    usize::try_from(offset).expect("an offset within a frame fits")
}
