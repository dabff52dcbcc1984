//! Open files, read by position.

use std::{
    borrow::Borrow,
    fs::{self, File},
    io::{self, ErrorKind, Read},
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

/// The way to read without waiting for a disk.
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
    pub(super) fn new(file: F, status: &fs::Metadata, file_system: FileSystem) -> Self {
        Self {
            cache: match file_system {
                FileSystem::Memory => Cache::All,
                FileSystem::Generated | FileSystem::Other => Cache::Asked,
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

/// A handle of what has no positions: a pipe, a device.
pub(super) struct Pipe<F>(pub(super) F);

impl<F: Borrow<File>> Read for Pipe<F> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.0.borrow().read(room)
    }
}

/// A file without a known size, read from its beginning. Its cursor stays untouched.
pub(super) struct FromStart<F> {
    file: F,
    position: u64,
}

impl<F> FromStart<F> {
    pub(super) fn new(file: F) -> Self {
        Self { file, position: 0 }
    }
}

impl<F: Borrow<File>> Read for FromStart<F> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let n = read_at(self.file.borrow(), room, self.position)?;
        self.position += n as u64;
        Ok(n)
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

/// The file system of a file, as far as it makes a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileSystem {
    /// tmpfs, which cannot tell what is in the page cache.
    Memory,
    /// The kernel makes the content up when it is read, so the size is not known before.
    Generated,
    Other,
}

impl FileSystem {
    /// Only file systems without a device are asked what they are.
    #[cfg(target_os = "linux")]
    pub(super) fn of(file: &File, status: &fs::Metadata) -> Self {
        /// `TMPFS_MAGIC` of statfs(2).
        const TMPFS: rustix::fs::FsWord = 0x0102_1994;
        /// statfs(2) and linux/magic.h.
        const GENERATED: [rustix::fs::FsWord; 13] = [
            0x0000_9fa0, // proc
            0x6265_6572, // sysfs
            0x6462_6720, // debugfs
            0x7472_6163, // tracefs
            0x0027_e0eb, // cgroup
            0x6367_7270, // cgroup2
            0x6265_6570, // configfs
            0x7363_6673, // securityfs
            0x6165_676c, // pstore
            0x6759_6969, // rpc_pipefs
            0x6573_5543, // fusectl
            0x4249_4e4d, // binfmt_misc
            0x0765_5821, // resctrl
        ];
        let device = std::os::unix::fs::MetadataExt::dev(status);
        if rustix::fs::major(device) != 0 {
            return Self::Other;
        }
        match rustix::fs::fstatfs(file).map(|status| status.f_type) {
            Ok(TMPFS) => Self::Memory,
            Ok(magic) if GENERATED.contains(&magic) => Self::Generated,
            _ => Self::Other,
        }
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn of(_: &File, _: &fs::Metadata) -> Self {
        Self::Other
    }
}
