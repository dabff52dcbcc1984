//! An archive with entries of unknown size, written from its start to its end.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use axum::BoxError;
use bytes::BytesMut;
use tokio::time::Instant;

#[cfg(feature = "deflate")]
use super::deflate::Deflater;
use super::{
    layout::Piece,
    plan::Member,
    reading::{Progress, Reading},
    record::{Directory, Record, Written},
    steps::{Steps, poll_steps},
};
use crate::body::{buffer::Chunks, source::AsyncSource};

/// Writes an archive, with one entry open at a time.
pub(super) struct ArchiveStream {
    members: Vec<Member>,
    /// The numbers of the entries that were written, and where each begins.
    written: Vec<(u64, Written)>,
    /// The next piece; `None` after the last.
    piece: Option<Piece>,
    position: u64,
    /// The position of the central directory, once it is reached.
    directory: u64,
    current: Option<Current>,
    progress: Instant,
}

/// The entry that is being written.
struct Current {
    reading: Reading,
    /// The position of its header.
    offset: u64,
    /// The number of bytes of its content in the archive.
    compressed: u64,
    #[cfg(feature = "deflate")]
    deflater: Option<Deflater>,
}

impl ArchiveStream {
    pub(super) fn new(members: Vec<Member>) -> Self {
        Self {
            written: Vec::with_capacity(members.len()),
            piece: Some(Piece::Header(0)),
            members,
            position: 0,
            directory: 0,
            current: None,
            progress: Instant::now(),
        }
    }

    fn after_entry(&mut self, entry: usize) -> Piece {
        self.current = None;
        if entry + 1 < self.members.len() {
            return Piece::Header(entry + 1);
        }
        self.directory = self.position;
        Piece::Central(0)
    }

    /// Opens an entry and waits for its first bytes.
    fn poll_first(&mut self, entry: usize, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        let member = &mut self.members[entry];
        let offset = self.position;
        let current = self
            .current
            .get_or_insert_with(|| Current::new(member, offset));
        let polled = ready!(current.reading.poll_first(&mut member.entry.supply, cx));
        self.progress = Instant::now();
        Poll::Ready(polled.map_err(|error| member.error(error)))
    }

    /// Adds bytes of the content, and notes its numbers at its end.
    fn poll_content(
        &mut self,
        entry: usize,
        chunks: &mut Chunks,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), BoxError>> {
        let member = &mut self.members[entry];
        let Some(current) = &mut self.current else {
            return Poll::Ready(Ok(()));
        };
        let polled = ready!(current.poll_packed(member, cx));
        self.progress = Instant::now();
        match polled.map_err(|error| member.error(error))? {
            Progress::Bytes(bytes) => {
                current.compressed += bytes.len() as u64;
                self.position += bytes.len() as u64;
                chunks.push(bytes);
            }
            Progress::End(found) => {
                let (crc32, size) = found.unwrap_or_default();
                let written = Written {
                    crc32,
                    compressed: current.compressed,
                    size,
                };
                self.written.push((current.offset, written));
                self.piece = Some(Piece::Descriptor(entry));
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl Current {
    fn new(member: &mut Member, offset: u64) -> Self {
        let Member { name, entry } = member;
        let all = 0..entry.size.unwrap_or(u64::MAX);
        Self {
            #[cfg(feature = "deflate")]
            deflater: entry.is_deflated.then(Deflater::new),
            reading: Reading::new(name, entry, all, true),
            offset,
            compressed: 0,
        }
    }

    /// Returns the next bytes of the content as they are in the archive.
    fn poll_packed(
        &mut self,
        member: &mut Member,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Progress, BoxError>> {
        let reading = &mut self.reading;
        let mut next = |cx: &mut Context<'_>| reading.poll_next(&mut member.entry.supply, cx);
        #[cfg(feature = "deflate")]
        if let Some(deflater) = &mut self.deflater {
            return deflater.poll_next(next, cx);
        }
        next(cx)
    }
}

/// Adds a record, and returns its length.
fn put_record(put: impl FnOnce(&mut BytesMut), chunks: &mut Chunks) -> u64 {
    let mut bytes = BytesMut::new();
    put(&mut bytes);
    chunks.extend(&bytes);
    bytes.len() as u64
}

impl Steps for ArchiveStream {
    fn is_over(&self) -> bool {
        self.piece.is_none()
    }

    fn poll_step(
        &mut self,
        chunks: &mut Chunks,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), BoxError>> {
        let Some(piece) = self.piece else {
            return Poll::Ready(Ok(()));
        };
        match piece {
            Piece::Header(entry) => {
                ready!(self.poll_first(entry, cx))?;
                let record = self.members[entry].record();
                let put = |out: &mut BytesMut| record.put_local_header(out);
                self.position += put_record(put, chunks);
                self.piece = Some(Piece::Content(entry));
            }
            Piece::Content(entry) => ready!(self.poll_content(entry, chunks, cx))?,
            Piece::Descriptor(entry) => {
                let (_, written) = self.written[entry];
                let record = self.members[entry].record();
                let put = |out: &mut BytesMut| record.put_descriptor(written, out);
                self.position += put_record(put, chunks);
                self.piece = Some(self.after_entry(entry));
            }
            Piece::Central(entry) => {
                let (offset, written) = self.written[entry];
                let record: Record<'_> = self.members[entry].record();
                let put = |out: &mut BytesMut| record.put_central_header(written, offset, out);
                self.position += put_record(put, chunks);
                self.piece = Some(match entry + 1 {
                    next if next < self.members.len() => Piece::Central(next),
                    _ => Piece::End,
                });
            }
            Piece::End => {
                let directory = Directory {
                    entries: self.members.len() as u64,
                    start: self.directory,
                    len: self.position - self.directory,
                };
                put_record(|out| directory.put_end(out), chunks);
                self.piece = None;
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncSource for ArchiveStream {
    fn poll_fill(
        self: Pin<&mut Self>,
        chunks: &mut Chunks,
        cx: &mut Context<'_>,
    ) -> Poll<Result<bool, BoxError>> {
        poll_steps(self.get_mut(), chunks, cx)
    }

    fn working_since(&self, wait: Instant) -> Option<Instant> {
        let since = wait.max(self.progress);
        match &self.current {
            Some(current) => current.reading.working_since(since),
            None => Some(since),
        }
    }

    fn locate(&self, error: BoxError) -> BoxError {
        match self.members.get(self.written.len()) {
            Some(member) => member.error(error),
            None => error,
        }
    }
}
