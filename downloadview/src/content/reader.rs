//! Blocking content that is read: readers, and files by position.

use std::{
    borrow::Borrow,
    fs::{self, File},
    io::{self, ErrorKind, Read, Seek, SeekFrom},
    pin::Pin,
    sync::atomic::{AtomicU64, Ordering},
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use axum::BoxError;

use crate::{
    body::{
        Seekable, Source,
        blocking::{Blocking, Fill, Sink},
        frames::{FRAME, LARGE, READ},
    },
    decision::ByteRange,
};

/// A read that takes longer is not swift, however much it gives: who waits should not wait for a large one.
const QUICK: Duration = Duration::from_millis(10);

/// A reader, read from where it stands to its end.
pub(super) struct Reader<R> {
    reader: R,
    pace: Pace,
}

impl<R> Reader<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader,
            pace: Pace::default(),
        }
    }
}

impl<R: Read + Send + 'static> Fill for Reader<R> {
    fn fill(&mut self, out: &mut Sink<'_>) -> Result<bool, BoxError> {
        let n = self.pace.read(out, u64::MAX, &mut self.reader)?;
        Ok(n > 0)
    }

    fn is_swift(&self) -> bool {
        self.pace.is_swift
    }
}

/// A reader that can seek. The first fill only asks for the size.
pub(super) struct SeekableReader<R> {
    reader: R,
    size: Option<u64>,
    /// Where to seek before the next read.
    seek: Option<u64>,
    left: u64,
    pace: Pace,
}

impl<R> SeekableReader<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader,
            size: None,
            seek: None,
            left: 0,
            pace: Pace::default(),
        }
    }
}

impl<R: Read + Seek + Send + 'static> Fill for SeekableReader<R> {
    fn fill(&mut self, out: &mut Sink<'_>) -> Result<bool, BoxError> {
        if self.size.is_none() {
            self.size = Some(self.reader.seek(SeekFrom::End(0))?);
            return Ok(false);
        }
        if let Some(position) = self.seek.take() {
            self.reader.seek(SeekFrom::Start(position))?;
        }
        let n = self.pace.read(out, self.left, &mut self.reader)?;
        self.left -= n as u64;
        Ok(n > 0)
    }

    fn is_swift(&self) -> bool {
        self.pace.is_swift
    }
}

impl<R: Read + Seek + Send + 'static> Selectable for SeekableReader<R> {
    fn size(&self) -> Option<u64> {
        self.size
    }

    fn select(&mut self, range: ByteRange) {
        self.seek = Some(range.start);
        self.left = range.end - range.start;
    }
}

/// How a reader gave last.
#[derive(Default)]
struct Pace {
    gives_frames: bool,
    is_swift: bool,
}

impl Pace {
    fn read(&mut self, out: &mut Sink<'_>, most: u64, reader: &mut impl Read) -> io::Result<usize> {
        let begin = Instant::now();
        let gives_much = self.is_swift && self.gives_frames;
        let n = read_once(out, most, gives_much, |room| reader.read(room))?;
        self.gives_frames = n >= FRAME;
        self.is_swift = n >= LARGE && begin.elapsed() <= QUICK;
        Ok(n)
    }
}

/// A file, read by position: its cursor, which clones of the handle share, stays untouched.
pub(super) struct PositionedFile<F> {
    file: F,
    size: u64,
    range: ByteRange,
    /// The number of its file system.
    device: u64,
    cached: Cached,
}

/// What of a file can be read without waiting for a disk.
enum Cached {
    /// Its file system tells at each read.
    Told,
    /// All of it: nowhere else does its file system keep it.
    All,
    /// Its file system does not tell, and was not asked what it is.
    Unknown,
    Nothing,
}

/// The file system that was last found to be in memory: to ask may take as long as to read.
static IN_MEMORY: AtomicU64 = AtomicU64::new(u64::MAX);

impl<F> PositionedFile<F> {
    pub(super) fn new(file: F, status: &fs::Metadata) -> Self {
        Self {
            file,
            size: status.len(),
            range: ByteRange {
                start: 0,
                end: status.len(),
            },
            device: device(status),
            cached: Cached::Told,
        }
    }
}

impl<F: Borrow<File> + Send + 'static> PositionedFile<F> {
    fn fill_by(
        &mut self,
        out: &mut Sink<'_>,
        read: impl Fn(&File, &mut [u8], u64) -> io::Result<usize>,
    ) -> io::Result<bool> {
        let ByteRange { start, end } = self.range;
        let file = self.file.borrow();
        let n = read_once(out, end - start, true, |room| read(file, room, start))?;
        self.range.start += n as u64;
        Ok(n > 0)
    }

    fn ask(&mut self) {
        self.cached = if is_kept_in_memory(self.file.borrow()) {
            IN_MEMORY.store(self.device, Ordering::Relaxed);
            Cached::All
        } else {
            Cached::Nothing
        };
    }
}

impl<F: Borrow<File> + Send + 'static> Fill for PositionedFile<F> {
    fn fill(&mut self, out: &mut Sink<'_>) -> Result<bool, BoxError> {
        if matches!(self.cached, Cached::Unknown) {
            self.ask();
        }
        Ok(self.fill_by(out, read_at)?)
    }

    /// What is in the page cache needs no other thread.
    fn try_fill(&mut self, out: &mut Sink<'_>) -> Option<Result<bool, BoxError>> {
        let read = match self.cached {
            Cached::Told => self.fill_by(out, read_cached_at),
            Cached::All => self.fill_by(out, read_at),
            Cached::Unknown | Cached::Nothing => return None,
        };
        match read {
            Ok(more) => Some(Ok(more)),
            Err(error) if error.kind() == ErrorKind::WouldBlock => None,
            Err(error) if matches!(self.cached, Cached::All) => Some(Err(error.into())),
            Err(_) if self.device == IN_MEMORY.load(Ordering::Relaxed) => {
                self.cached = Cached::All;
                self.try_fill(out)
            }
            Err(_) => {
                self.cached = Cached::Unknown;
                None
            }
        }
    }

    fn is_swift(&self) -> bool {
        true
    }
}

impl<F: Borrow<File> + Send + 'static> Selectable for PositionedFile<F> {
    fn size(&self) -> Option<u64> {
        Some(self.size)
    }

    fn select(&mut self, range: ByteRange) {
        self.range = range;
    }
}

/// A handle of what has no positions: a pipe, a device.
pub(super) struct SharedFile<F>(pub(super) F);

impl<F: Borrow<File>> Read for SharedFile<F> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.0.borrow().read(room)
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

#[cfg(unix)]
fn device(status: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::dev(status)
}

#[cfg(not(unix))]
fn device(_: &fs::Metadata) -> u64 {
    0
}

/// Only what is in the page cache.
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

/// Whether its file system is tmpfs, which does not tell what is in memory.
#[cfg(target_os = "linux")]
fn is_kept_in_memory(file: &File) -> bool {
    // TMPFS_MAGIC of statfs(2).
    const TMPFS: rustix::fs::FsWord = 0x0102_1994;
    rustix::fs::fstatfs(file).is_ok_and(|status| status.f_type == TMPFS)
}

#[cfg(not(target_os = "linux"))]
fn is_kept_in_memory(_: &File) -> bool {
    false
}

/// One read of at most `most` bytes; 0 at the end. `gives_much`: whether it likely fills a large buffer.
fn read_once(
    out: &mut Sink<'_>,
    most: u64,
    gives_much: bool,
    mut read: impl FnMut(&mut [u8]) -> io::Result<usize>,
) -> io::Result<usize> {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    if most == 0 {
        return Ok(0);
    }
    let mut buffer = out.buffer(gives_much && most >= READ);
    let room = buffer.room();
    let most = most.min(room.len());
    let n = loop {
        match read(&mut room[..most]) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => break result?,
        }
    };
    buffer.advance(n);
    out.put(|frames| frames.push_buffer(buffer));
    Ok(n)
}

/// A blocking source that gives the bytes it is told to.
pub(super) trait Selectable: Fill {
    /// How many bytes there are; unknown before the first fill has asked.
    fn size(&self) -> Option<u64>;

    fn select(&mut self, range: ByteRange);
}

impl<F: Selectable> Seekable for Blocking<F> {
    fn poll_size(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<u64, BoxError>> {
        let this = self.get_mut();
        loop {
            if let Some(size) = this.at_rest().and_then(|fill| fill.size()) {
                return Poll::Ready(Ok(size));
            }
            match ready!(Pin::new(&mut *this).poll_frame(FRAME, cx)) {
                Some(Err(error)) => return Poll::Ready(Err(error)),
                Some(Ok(_)) => {}
                None if this.at_rest().is_some() => {}
                None => return Poll::Ready(Err("the source has no size".into())),
            }
        }
    }

    fn select(self: Pin<&mut Self>, range: ByteRange) {
        if let Some(fill) = self.get_mut().at_rest() {
            fill.select(range);
        }
    }
}
