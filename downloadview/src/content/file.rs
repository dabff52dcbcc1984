//! Open files, which are read by position.

use std::{
    borrow::Borrow,
    fs::{self, File},
    io::{self, ErrorKind, Read},
    path::Path,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use axum::BoxError;
use tokio::time::Instant;

use super::reader::uninterrupted;
use crate::{
    body::{
        blocking::{Blocking, BlockingSource, Output},
        buffer::{Buffer, CHUNK, Chunks},
        source::AsyncSource,
    },
    guard::Guard,
    http::range::ByteRange,
};

/// A regular file. Bytes in the page cache are read at once, and others in jobs on the blocking pool.
///
/// It is dropped in place. Closing a regular file does not block, and a hop to another thread would cost a fifth of the
/// time of a small range.
pub(super) struct RegularFile<F> {
    reader: PositionedReader<F>,
    size: u64,
    cache: Cache,
    /// Reads bytes that are not in the page cache.
    blocking: Option<Blocking>,
}

/// A way to read without waiting for a disk.
#[derive(Clone, Copy)]
enum Cache {
    /// `preadv2` reads only from the page cache.
    Asked,
    /// The file exists only in memory.
    All,
    /// The file system does not support it.
    Unknown,
}

impl<F: Borrow<File> + Send + Sync + 'static> RegularFile<F> {
    pub(super) fn new(file: F, status: &fs::Metadata, file_system: FileSystem) -> Self {
        Self {
            cache: match file_system {
                FileSystem::Memory => Cache::All,
                FileSystem::Generated | FileSystem::Other => Cache::Asked,
            },
            size: status.len(),
            reader: PositionedReader {
                file: Arc::new(file),
                range: ByteRange {
                    start: 0,
                    end: status.len(),
                },
            },
            blocking: None,
        }
    }

    /// Reads from the page cache. Returns false at the end, and `None` if the next bytes are not in the cache.
    fn read_cached(&mut self, chunks: &mut Chunks) -> Option<Result<bool, BoxError>> {
        let read = match self.cache {
            Cache::Asked => self.reader.read_into(chunks, read_cached_at),
            Cache::All => self.reader.read_into(chunks, read_at),
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

    /// Reads the next bytes in a job.
    fn poll_job(
        &mut self,
        chunks: &mut Chunks,
        cx: &mut Context<'_>,
    ) -> Poll<Result<bool, BoxError>> {
        let blocking = self.blocking.get_or_insert_with(|| {
            let reader: Box<dyn BlockingSource> = Box::new(self.reader.clone());
            Blocking::new(Guard::non_blocking::<PositionedReader<F>>(reader))
        });
        let mut blocking = Pin::new(blocking);
        if blocking.is_idle() {
            blocking.as_mut().select(self.reader.range);
        }
        let filled = ready!(blocking.poll_fill(chunks, cx));
        self.reader.range.start += chunks.len() as u64;
        Poll::Ready(filled)
    }
}

impl<F: Borrow<File> + Send + Sync + 'static> AsyncSource for RegularFile<F> {
    fn poll_fill(
        self: Pin<&mut Self>,
        chunks: &mut Chunks,
        cx: &mut Context<'_>,
    ) -> Poll<Result<bool, BoxError>> {
        let this = self.get_mut();
        if this.blocking.as_ref().is_none_or(Blocking::is_idle) {
            if let Some(read) = this.read_cached(chunks) {
                return Poll::Ready(read);
            }
        }
        this.poll_job(chunks, cx)
    }

    fn poll_size(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<u64, BoxError>> {
        Poll::Ready(Ok(self.size))
    }

    fn select(self: Pin<&mut Self>, range: ByteRange) {
        self.get_mut().reader.range = range;
    }

    fn working_since(&self, wait: Instant) -> Option<Instant> {
        self.blocking.as_ref()?.working_since(wait)
    }
}

/// Reads a file by position. The cursor, which clones of the handle share, does not move.
struct PositionedReader<F> {
    file: Arc<F>,
    /// The bytes that have not been read yet.
    range: ByteRange,
}

impl<F> Clone for PositionedReader<F> {
    fn clone(&self) -> Self {
        Self {
            file: Arc::clone(&self.file),
            range: self.range,
        }
    }
}

impl<F: Borrow<File>> PositionedReader<F> {
    /// Reads once into `chunks`. Returns false at the end.
    fn read_into(
        &mut self,
        chunks: &mut Chunks,
        read_at: impl Fn(&File, &mut [u8], u64) -> io::Result<usize>,
    ) -> io::Result<bool> {
        match self.read(read_at)? {
            Some(buffer) => chunks.push_buffer(buffer),
            None => return Ok(false),
        }
        Ok(self.range.start < self.range.end)
    }

    /// Reads once. Returns `None` at the end of the range, or at the end of a file that is shorter than its range.
    fn read(
        &mut self,
        read_at: impl Fn(&File, &mut [u8], u64) -> io::Result<usize>,
    ) -> io::Result<Option<Buffer>> {
        let ByteRange { start, end } = self.range;
        let wanted = read_size(start, end - start);
        if wanted == 0 {
            return Ok(None);
        }
        let mut buffer = Buffer::new();
        let room = &mut buffer.room()[..wanted];
        let n = uninterrupted(|| read_at((*self.file).borrow(), room, start))?;
        buffer.advance(n);
        self.range.start += n as u64;
        Ok((n > 0).then_some(buffer))
    }
}

/// Returns how many of the `left` bytes to read at `position`. A read that is not the last one ends at a page, so that the
/// next one begins at a page, as its buffer does.
fn read_size(position: u64, left: u64) -> usize {
    const PAGE: u64 = 4096;
    match usize::try_from(left) {
        Ok(left) if left <= CHUNK => left,
        _ => CHUNK - (position % PAGE) as usize,
    }
}

impl<F: Borrow<File> + Send + Sync + 'static> BlockingSource for PositionedReader<F> {
    fn fill(&mut self, output: &mut Output<'_>) -> Result<bool, BoxError> {
        while !output.is_done() {
            match self.read(read_at)? {
                Some(buffer) => output.put(|chunks| chunks.push_buffer(buffer)),
                None => return Ok(false),
            }
        }
        Ok(true)
    }

    fn can_seek(&self) -> bool {
        true
    }

    fn select(&mut self, range: ByteRange) {
        self.range = range;
    }
}

/// Opens a file. A directory is an error.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(ErrorKind::IsADirectory.into());
    }
    Ok(file)
}

/// A handle without positions: a pipe or a device.
pub(super) struct Pipe<F>(pub(super) F);

impl<F: Borrow<File>> Read for Pipe<F> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.0.borrow().read(room)
    }
}

/// A file without a known size, which is read from its beginning. The cursor does not move.
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

#[cfg(unix)]
fn read_at(file: &File, room: &mut [u8], position: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, room, position)
}

#[cfg(windows)]
fn read_at(file: &File, room: &mut [u8], position: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, room, position)
}

/// Reads only from the page cache.
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

/// The kinds of file systems that are read in different ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileSystem {
    /// tmpfs, which does not support reads from the page cache only.
    Memory,
    /// The kernel generates the content when it is read, so the size is not known in advance.
    Generated,
    Other,
}

impl FileSystem {
    /// Returns the kind of the file system. Only a file system without a device is asked for its type.
    #[cfg(target_os = "linux")]
    pub(super) fn of(file: &File, status: &fs::Metadata) -> Self {
        Self::of_status(status, || rustix::fs::fstatfs(file))
    }

    #[cfg(target_os = "linux")]
    fn of_status(
        status: &fs::Metadata,
        ask: impl FnOnce() -> rustix::io::Result<rustix::fs::StatFs>,
    ) -> Self {
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
        match ask().map(|status| status.f_type) {
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

/// Returns true if the kernel generates the content of a file, whatever size it reports.
#[cfg(all(feature = "zip", target_os = "linux"))]
pub(crate) fn is_generated(path: &Path, status: &fs::Metadata) -> bool {
    FileSystem::of_status(status, || rustix::fs::statfs(path)) == FileSystem::Generated
}

/// Returns true if the kernel generates the content of a file, whatever size it reports.
#[cfg(all(feature = "zip", not(target_os = "linux")))]
pub(crate) fn is_generated(_: &Path, _: &fs::Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, io::Write, thread, time::Duration};

    use super::*;

    /// A file whose handle takes its time, so that the consumer takes the output of a job early.
    struct Slow(File);

    impl Borrow<File> for Slow {
        fn borrow(&self) -> &File {
            thread::sleep(Duration::from_millis(5));
            &self.0
        }
    }

    #[tokio::test]
    async fn bytes_are_in_order_when_jobs_and_the_page_cache_take_turns() {
        let bytes: Vec<u8> = (0..2_000_000u32).flat_map(u32::to_le_bytes).collect();
        let path = std::env::temp_dir().join(format!("downloadview-file-{}", std::process::id()));
        File::create(&path).unwrap().write_all(&bytes).unwrap();
        let file = File::open(&path).unwrap();
        let status = file.metadata().unwrap();
        let mut source = RegularFile::new(Slow(file), &status, FileSystem::Other);
        let (mut read, mut polls) = (Vec::new(), 0);
        let mut goes_on = true;
        while goes_on {
            polls += 1;
            source.cache = if polls % 2 == 0 {
                Cache::All
            } else {
                Cache::Unknown
            };
            let mut chunks = Chunks::default();
            goes_on = poll_fn(|cx| Pin::new(&mut source).poll_fill(&mut chunks, cx))
                .await
                .unwrap();
            while let Some(piece) = chunks.take() {
                read.extend_from_slice(&piece);
            }
            // Some jobs end before their output is asked for.
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        fs::remove_file(path).unwrap();
        assert!(
            read == bytes,
            "{} of {} bytes, or others",
            read.len(),
            bytes.len()
        );
    }
}
