//! Open files, read by position.

use std::{
    borrow::Borrow,
    fs::{self, File},
    io::{self, ErrorKind, Read},
    path::Path,
};

use axum::BoxError;

use crate::{
    body::{
        blocking::{BlockingSource, Output},
        buffer::{Buffer, CHUNK, Chunks},
    },
    decision::ByteRange,
};

/// A regular file. Its cursor, which clones of the handle share, stays untouched.
pub(super) struct PositionedFile<F> {
    file: F,
    size: u64,
    range: ByteRange,
    cache: Cache,
}

/// How to read without waiting for a disk.
#[derive(Clone, Copy)]
enum Cache {
    /// `preadv2` tells what is in the page cache.
    Asked,
    /// The file is in memory, and nowhere else.
    All,
    /// The file system cannot tell.
    Unknown,
}

impl<F: Borrow<File>> PositionedFile<F> {
    pub(super) fn new(file: F, status: &fs::Metadata) -> Self {
        Self {
            cache: if is_kept_in_memory(file.borrow(), status) {
                Cache::All
            } else {
                Cache::Asked
            },
            file,
            size: status.len(),
            range: ByteRange {
                start: 0,
                end: status.len(),
            },
        }
    }

    /// Reads once into a buffer and puts it somewhere. Returns false at the end.
    fn read(
        &mut self,
        read_at: impl Fn(&File, &mut [u8], u64) -> io::Result<usize>,
        put: impl FnOnce(Buffer),
    ) -> io::Result<bool> {
        let ByteRange { start, end } = self.range;
        let left = usize::try_from(end - start).unwrap_or(usize::MAX);
        if left == 0 {
            return Ok(false);
        }
        let mut buffer = if left > CHUNK {
            Buffer::large()
        } else {
            Buffer::new()
        };
        let room = buffer.room();
        let wanted = left.min(room.len() - to_page(start, left, room.len()));
        let n = retry(|| read_at(self.file.borrow(), &mut room[..wanted], start))?;
        buffer.advance(n);
        put(buffer);
        self.range.start += n as u64;
        Ok(n > 0 && n < left)
    }
}

/// Returns by how much to shorten a read at `position`, so that the next one begins at a page, as its buffer does.
fn to_page(position: u64, left: usize, room: usize) -> usize {
    if left > room {
        (position % PAGE) as usize
    } else {
        0
    }
}

const PAGE: u64 = 4096;

impl<F: Borrow<File> + Send + 'static> BlockingSource for PositionedFile<F> {
    fn fill(&mut self, output: &mut Output<'_>) -> Result<bool, BoxError> {
        while !output.is_done() {
            let put = |buffer| output.put(|chunks| chunks.push_buffer(buffer));
            if !self.read(read_at, put)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Reads what is in the page cache.
    fn try_fill(&mut self, chunks: &mut Chunks) -> Option<Result<bool, BoxError>> {
        let put = |buffer| chunks.push_buffer(buffer);
        let read = match self.cache {
            Cache::Asked => self.read(read_cached_at, put),
            Cache::All => self.read(read_at, put),
            Cache::Unknown => return None,
        };
        match (read, self.cache) {
            (Err(error), Cache::Asked) => {
                if error.kind() != ErrorKind::WouldBlock {
                    self.cache = Cache::Unknown;
                }
                None
            }
            (read, _) => Some(read.map_err(Into::into)),
        }
    }

    fn can_seek(&self) -> bool {
        true
    }

    fn known_size(&self) -> Option<u64> {
        Some(self.size)
    }

    fn select(&mut self, range: ByteRange) {
        self.range = range;
    }

    /// Closing a regular file does not block, and another thread would cost a fifth of a small range.
    fn drop_may_block(&self) -> bool {
        false
    }
}

/// Opens what can be served as a file.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(ErrorKind::IsADirectory.into());
    }
    Ok(file)
}

/// A handle of what has no positions: a pipe, a device.
pub(super) struct Pipe<F>(pub(super) F);

impl<F: Borrow<File>> Read for Pipe<F> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.0.borrow().read(room)
    }
}

fn retry(mut read: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match read() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}

#[cfg(unix)]
fn read_at(file: &File, room: &mut [u8], position: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, room, position)
}

#[cfg(windows)]
fn read_at(file: &File, room: &mut [u8], position: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, room, position)
}

/// Reads only what is in the page cache.
#[cfg(target_os = "linux")]
fn read_cached_at(file: &File, room: &mut [u8], position: u64) -> io::Result<usize> {
    use rustix::io::{ReadWriteFlags, preadv2};
    let room = &mut [io::IoSliceMut::new(room)];
    Ok(preadv2(file, room, position, ReadWriteFlags::NOWAIT)?)
}

#[cfg(not(target_os = "linux"))]
fn read_cached_at(_: &File, _: &mut [u8], _: u64) -> io::Result<usize> {
    Err(ErrorKind::Unsupported.into())
}

/// Returns true if the file is on tmpfs, which cannot tell what is in the page cache.
///
/// Only file systems without a device are asked what they are.
#[cfg(target_os = "linux")]
fn is_kept_in_memory(file: &File, status: &fs::Metadata) -> bool {
    /// `TMPFS_MAGIC` of statfs(2).
    const TMPFS: rustix::fs::FsWord = 0x0102_1994;
    let device = std::os::unix::fs::MetadataExt::dev(status);
    rustix::fs::major(device) == 0
        && rustix::fs::fstatfs(file).is_ok_and(|status| status.f_type == TMPFS)
}

#[cfg(not(target_os = "linux"))]
fn is_kept_in_memory(_: &File, _: &fs::Metadata) -> bool {
    false
}
