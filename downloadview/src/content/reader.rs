//! Blocking readers.

use std::io::{self, ErrorKind, Read, Seek, SeekFrom};

use axum::BoxError;

use crate::{
    body::{
        blocking::{BlockingSource, Output},
        buffer::Buffer,
    },
    http::range::ByteRange,
};

/// A reader, from its current position to its end.
pub(super) struct Reader<R> {
    reader: R,
    /// The number of bytes to read.
    left: u64,
}

impl<R: Read> Reader<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader,
            left: u64::MAX,
        }
    }

    /// Reads once. Returns false at the end.
    fn read(&mut self, output: &mut Output<'_>) -> Result<bool, BoxError> {
        let mut buffer = Buffer::new();
        let room = buffer.room();
        let wanted = usize::try_from(self.left)
            .unwrap_or(usize::MAX)
            .min(room.len());
        if wanted == 0 {
            return Ok(false);
        }
        let n = uninterrupted(|| self.reader.read(&mut room[..wanted]))?;
        assert!(
            n <= wanted,
            "a reader returned {n} bytes of the {wanted} that it was asked for"
        );
        buffer.advance(n);
        self.left -= n as u64;
        output.put(|chunks| chunks.push_buffer(buffer));
        Ok(n > 0 && self.left > 0)
    }
}

impl<R: Read + Send + 'static> BlockingSource for Reader<R> {
    fn fill(&mut self, output: &mut Output<'_>) -> Result<bool, BoxError> {
        while !output.is_done() {
            if !self.read(output)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// A reader that can seek.
pub(super) struct SeekableReader<R> {
    reader: Reader<R>,
    /// The position to seek to before the next read.
    seek: Option<u64>,
}

impl<R: Read> SeekableReader<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader: Reader::new(reader),
            seek: None,
        }
    }
}

impl<R: Read + Seek + Send + 'static> BlockingSource for SeekableReader<R> {
    fn fill(&mut self, output: &mut Output<'_>) -> Result<bool, BoxError> {
        if !output.has_size() {
            output.set_size(self.reader.reader.seek(SeekFrom::End(0))?);
            return Ok(true);
        }
        if let Some(position) = self.seek.take() {
            self.reader.reader.seek(SeekFrom::Start(position))?;
        }
        self.reader.fill(output)
    }

    fn can_seek(&self) -> bool {
        true
    }

    fn select(&mut self, range: ByteRange) {
        self.seek = Some(range.start);
        self.reader.left = range.end - range.start;
    }
}

/// Reads again until no signal interrupts the read.
pub(super) fn uninterrupted(mut read: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match read() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}
