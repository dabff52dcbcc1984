//! An archive whose layout is known, as a source that can seek.

use std::{
    ops::Range,
    pin::Pin,
    task::{Context, Poll, ready},
};

use axum::BoxError;
use bytes::{Bytes, BytesMut};
use tokio::time::Instant;

use super::{
    entry::Checksum,
    layout::{Layout, Piece},
    plan::Member,
    reading::{Progress, Reading},
    record::Written,
    steps::{Steps, poll_steps},
};
use crate::{
    body::{buffer::Chunks, source::AsyncSource},
    error::Fault,
    http::range::ByteRange,
};

/// Streams a range of an archive piece by piece, with one entry open at a time.
pub(super) struct ArchiveSource {
    members: Vec<Member>,
    layout: Layout,
    position: u64,
    end: u64,
    /// The entry that is being read, or was read last.
    reading: Option<(usize, Reading)>,
    /// The time of the last bytes of an entry.
    progress: Instant,
}

impl ArchiveSource {
    pub(super) fn new(members: Vec<Member>, layout: Layout) -> Self {
        Self {
            end: layout.total(),
            members,
            layout,
            position: 0,
            reading: None,
            progress: Instant::now(),
        }
    }

    /// Adds the part of a record that is selected.
    fn put(&mut self, piece: Piece, range: &Range<u64>, chunks: &mut Chunks) {
        let mut bytes = BytesMut::new();
        match piece {
            Piece::Header(entry) => self.members[entry].record().put_local_header(&mut bytes),
            Piece::Descriptor(entry) => {
                let written = self.written(entry);
                self.members[entry]
                    .record()
                    .put_descriptor(written, &mut bytes);
            }
            Piece::Central(entry) => {
                let (written, offset) = (self.written(entry), self.layout.offset(entry));
                let record = self.members[entry].record();
                record.put_central_header(written, offset, &mut bytes);
            }
            Piece::End => self.layout.directory().put_end(&mut bytes),
            Piece::Content(_) => {}
        }
        let end = self.end.min(range.end);
        let within = |position: u64| {
            usize::try_from(position - range.start).expect("a record fits in memory")
        };
        chunks.extend(&bytes[within(self.position)..within(end)]);
        self.position = end;
    }

    /// Returns the numbers of an entry whose CRC is known.
    fn written(&self, entry: usize) -> Written {
        let entry = &self.members[entry].entry;
        let size = entry.size.unwrap_or(0);
        Written {
            crc32: entry.crc32_or_found().unwrap_or(0),
            compressed: size,
            size,
        }
    }

    /// Opens an entry and waits for its first bytes.
    fn poll_first(&mut self, entry: usize, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        let (member, reading) = self.reading(entry);
        let polled = ready!(reading.poll_first(&mut member.entry.supply, cx));
        let polled = polled.map_err(|error| member.error(error));
        self.progress = Instant::now();
        Poll::Ready(polled)
    }

    fn poll_content(
        &mut self,
        entry: usize,
        chunks: &mut Chunks,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), BoxError>> {
        let Some(bytes) = ready!(self.poll_entry(entry, cx))? else {
            let size = self.members[entry].entry.size.unwrap_or(0);
            let got = self.position - self.content(entry).start;
            let short = Fault::Short { size, got };
            return Poll::Ready(Err(self.members[entry].error(short)));
        };
        self.position += bytes.len() as u64;
        chunks.push(bytes);
        Poll::Ready(Ok(()))
    }

    /// Finds the CRC of an entry. Returns false while it has to be read on.
    ///
    /// The CRC of bytes that were just sent takes precedence over a remembered one. They differ if a file changed but kept its time.
    fn poll_checksum(
        &mut self,
        entry: usize,
        cx: &mut Context<'_>,
    ) -> Poll<Result<bool, BoxError>> {
        let is_reading = |reading: &(usize, Reading)| reading.0 == entry && reading.1.is_whole();
        let is_known = self.members[entry].entry.crc32_or_found().is_some();
        if !is_known || self.reading.as_ref().is_some_and(is_reading) {
            ready!(self.poll_entry(entry, cx))?;
        }
        let crc32 = self.members[entry].entry.crc32_or_found();
        Poll::Ready(Ok(crc32.is_some()))
    }

    /// Reads an entry on, from its start or from where the range begins. Returns `None` at its end.
    fn poll_entry(
        &mut self,
        entry: usize,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<Bytes>, BoxError>> {
        let (member, reading) = self.reading(entry);
        let progress = ready!(reading.poll_next(&mut member.entry.supply, cx));
        let result = match progress {
            Ok(Progress::Bytes(bytes)) => Ok(Some(bytes)),
            Ok(Progress::End(found)) => {
                if let (Some((crc32, _)), None) = (found, member.record().crc32) {
                    member.entry.checksum = Checksum::Found(crc32);
                }
                Ok(None)
            }
            Err(error) => Err(member.error(error)),
        };
        self.progress = Instant::now();
        Poll::Ready(result)
    }

    /// Returns an entry and its reading, which is started unless the entry is being read.
    fn reading(&mut self, entry: usize) -> (&mut Member, &mut Reading) {
        let reading = match self.reading.take() {
            Some((read, reading)) if read == entry => reading,
            _ => self.start(entry),
        };
        let (_, reading) = self.reading.insert((entry, reading));
        (&mut self.members[entry], reading)
    }

    /// Starts to read what is selected of an entry, and all of it if its CRC will be needed.
    fn start(&mut self, entry: usize) -> Reading {
        let content = self.content(entry);
        let within = |position: u64| position.clamp(content.start, content.end) - content.start;
        let range = within(self.position)..within(self.end);
        let Member { name, entry } = &mut self.members[entry];
        let is_wanted = self.end > content.end && entry.crc32_or_found().is_none();
        Reading::new(name, entry, range, is_wanted)
    }

    fn content(&self, entry: usize) -> Range<u64> {
        let record = self.members[entry].record();
        self.layout.content(entry, &record)
    }

    /// Returns the entry to which the next bytes belong.
    fn current(&self) -> Option<usize> {
        let record = |entry: usize| self.members[entry].record();
        match self.layout.find(self.position, record).0 {
            Piece::Header(entry)
            | Piece::Content(entry)
            | Piece::Descriptor(entry)
            | Piece::Central(entry) => Some(entry),
            Piece::End => None,
        }
    }
}

impl Steps for ArchiveSource {
    fn is_over(&self) -> bool {
        self.position >= self.end
    }

    fn poll_step(
        &mut self,
        chunks: &mut Chunks,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), BoxError>> {
        let record = |entry: usize| self.members[entry].record();
        let (piece, range) = self.layout.find(self.position, record);
        match piece {
            Piece::Header(entry) => {
                if self.end > range.end {
                    ready!(self.poll_first(entry, cx))?;
                }
            }
            Piece::Content(entry) => return self.poll_content(entry, chunks, cx),
            Piece::Descriptor(entry) | Piece::Central(entry) => {
                if !ready!(self.poll_checksum(entry, cx))? {
                    return Poll::Ready(Ok(()));
                }
            }
            Piece::End => {}
        }
        self.put(piece, &range, chunks);
        Poll::Ready(Ok(()))
    }
}

impl AsyncSource for ArchiveSource {
    fn poll_fill(
        self: Pin<&mut Self>,
        chunks: &mut Chunks,
        cx: &mut Context<'_>,
    ) -> Poll<Result<bool, BoxError>> {
        poll_steps(self.get_mut(), chunks, cx)
    }

    fn poll_size(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<u64, BoxError>> {
        Poll::Ready(Ok(self.layout.total()))
    }

    fn select(self: Pin<&mut Self>, range: ByteRange) {
        let this = self.get_mut();
        this.position = range.start;
        this.end = range.end;
        this.reading = None;
    }

    /// An entry that is read for its CRC is at work, although it produces nothing.
    fn working_since(&self, wait: Instant) -> Option<Instant> {
        let since = wait.max(self.progress);
        match &self.reading {
            Some((_, reading)) => reading.working_since(since),
            None => Some(since),
        }
    }

    fn locate(&self, error: BoxError) -> BoxError {
        match self.current() {
            Some(entry) => self.members[entry].error(error),
            None => error,
        }
    }
}
