//! Reads one entry: opens it, takes its bytes, and checks that they are what the plan says.

use std::{
    fs::{File, OpenOptions},
    future::ready,
    mem,
    ops::Range,
    path::Path,
    sync::Arc,
    task::{Context, Poll, ready},
    time::SystemTime,
};

use axum::BoxError;
use bytes::Bytes;
use crc32fast::Hasher;
use futures::{FutureExt, future::BoxFuture};
use tokio::{task::spawn_blocking, time::Instant};

use super::{
    checksums::{self, Key},
    entry::{Entry, Supply, nanoseconds},
    error::EntryFault,
    plan::check_size,
};
use crate::{
    body::{Chunk, Source},
    content::{Content, Kind, Opened},
    error::Fault,
    http::range::ByteRange,
};

/// An entry that is being read. It delivers a range of its content, for which it may have to read more.
pub(super) struct Reading {
    stage: Stage,
    /// The bytes to deliver.
    range: Range<u64>,
    /// The size of the content, if it was known when the archive was planned.
    size: Option<u64>,
    declared: Option<u32>,
    /// The position after the last byte that was read.
    position: u64,
    /// Computes the CRC, if everything is read.
    hasher: Option<Hasher>,
    /// The first bytes, if the entry was opened before its header was sent.
    ahead: Option<Bytes>,
    /// The last bytes of the content, kept until everything has been checked.
    held: Bytes,
    file: Option<Watched>,
    /// A source that can be read again goes back to its entry.
    returns: bool,
}

enum Stage {
    Opening(BoxFuture<'static, Result<Opening, BoxError>>),
    Open { source: Source, can_seek: bool },
    Done,
}

/// An entry that was opened, and its file if it is one.
struct Opening {
    opened: Opened,
    file: Option<Watched>,
}

/// A file that must not change while it is read.
struct Watched {
    file: Arc<File>,
    len: u64,
    /// The time of modification, as [`nanoseconds`].
    modified: u64,
    key: Option<Key>,
}

/// The result of a step of reading.
pub(super) enum Progress {
    /// The next bytes, which may be none.
    Bytes(Bytes),
    /// All was delivered and checked. If the content was read as a whole, these are its CRC and its size.
    End(Option<(u32, u64)>),
}

impl Reading {
    /// Starts to read an entry, whose path in the archive is `path`.
    ///
    /// If the CRC `is_wanted`, or everything is delivered anyway, the content is read from its start to its end.
    pub(super) fn new(path: &str, entry: &mut Entry, range: Range<u64>, is_wanted: bool) -> Self {
        let size = entry.size;
        let is_whole = is_wanted || size.is_none_or(|size| range == (0..size));
        let returns = matches!(entry.supply, Supply::Content(_));
        Self {
            declared: entry.record(path).crc32,
            stage: Stage::Opening(open(path, &mut entry.supply, size)),
            position: if is_whole { 0 } else { range.start },
            range,
            size,
            hasher: is_whole.then(Hasher::new),
            ahead: None,
            held: Bytes::new(),
            file: None,
            returns,
        }
    }

    /// Returns true if the content is read from its start to its end.
    pub(super) fn is_whole(&self) -> bool {
        self.hasher.is_some()
    }

    /// Returns since when the source has been working, at the earliest since `wait`.
    pub(super) fn working_since(&self, wait: Instant) -> Option<Instant> {
        match &self.stage {
            Stage::Open { source, .. } => source.working_since(wait),
            Stage::Opening(_) | Stage::Done => Some(wait),
        }
    }

    /// Opens the entry and waits for its first bytes, which [`poll_next`](Self::poll_next) returns later.
    pub(super) fn poll_first(
        &mut self,
        supply: &mut Supply,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), BoxError>> {
        while self.ahead.is_none() {
            match ready!(self.poll_next(supply, cx))? {
                Progress::Bytes(bytes) if bytes.is_empty() => {}
                Progress::Bytes(bytes) => self.ahead = Some(bytes),
                Progress::End(_) => break,
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Reads on. `supply` is that of the entry, to which a source that can be read again returns at the end.
    pub(super) fn poll_next(
        &mut self,
        supply: &mut Supply,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Progress, BoxError>> {
        if let Some(bytes) = self.ahead.take() {
            return Poll::Ready(Ok(Progress::Bytes(bytes)));
        }
        loop {
            match &mut self.stage {
                Stage::Opening(opening) => {
                    let opening = ready!(opening.poll_unpin(cx))?;
                    self.begin(opening)?;
                }
                Stage::Open { source, .. } => {
                    let Chunk { bytes, is_last } = ready!(source.poll_chunk(cx))?;
                    let bytes = self.take(&bytes)?;
                    if self.is_over(is_last) {
                        self.finish(supply)?;
                        let held = mem::take(&mut self.held);
                        let last = if held.is_empty() { bytes } else { held };
                        return Poll::Ready(Ok(Progress::Bytes(last)));
                    }
                    if self.size != Some(self.position) {
                        return Poll::Ready(Ok(Progress::Bytes(bytes)));
                    }
                    if !bytes.is_empty() {
                        self.held = bytes;
                    }
                }
                Stage::Done => {
                    let crc32 = self.hasher.clone().map(Hasher::finalize);
                    return Poll::Ready(Ok(Progress::End(crc32.zip(Some(self.position)))));
                }
            }
        }
    }

    /// Goes to the first byte that is needed.
    fn begin(&mut self, Opening { opened, file }: Opening) -> Result<(), Fault> {
        let Opened {
            mut source,
            can_seek,
            size,
        } = opened;
        if let Some(size) = size {
            check_size(self.size, size)?;
        }
        if !can_seek {
            self.position = 0;
        } else if let Some(end) = self.end().or(size) {
            let start = self.position;
            source.select(ByteRange { start, end });
        }
        self.file = file;
        self.stage = Stage::Open { source, can_seek };
        Ok(())
    }

    /// Returns the position up to which the content is read, if it is known.
    fn end(&self) -> Option<u64> {
        if self.is_whole() {
            self.size
        } else {
            Some(self.range.end)
        }
    }

    /// Counts bytes that were read, and returns what of them is to be delivered.
    fn take(&mut self, bytes: &Bytes) -> Result<Bytes, Fault> {
        let start = self.position;
        self.position += bytes.len() as u64;
        if let Some(size) = self.size.filter(|size| self.position > *size) {
            return Err(Fault::Long { size });
        }
        if let Some(hasher) = &mut self.hasher {
            hasher.update(bytes);
        }
        let within = |position: u64| {
            let offset = position.saturating_sub(start).min(bytes.len() as u64);
            usize::try_from(offset).expect("an offset within bytes in memory fits")
        };
        let wanted = within(self.range.start)..within(self.range.end);
        Ok(if wanted.is_empty() {
            Bytes::new()
        } else {
            bytes.slice(wanted)
        })
    }

    /// Returns true if nothing more is read. A source that cannot seek must end where its content does.
    fn is_over(&self, is_last: bool) -> bool {
        let has_all = self.end().is_some_and(|end| self.position >= end);
        let stops_there = matches!(self.stage, Stage::Open { can_seek: true, .. });
        is_last || (has_all && (stops_there || self.end() != self.size))
    }

    /// Checks what was read, and closes the source.
    fn finish(&mut self, supply: &mut Supply) -> Result<(), BoxError> {
        if let (Some(size), Some(end)) = (self.size, self.end()) {
            let got = self.position;
            if got < end {
                return Err(Fault::Short { size, got }.into());
            }
        }
        if let Some(watched) = &self.file {
            watched.check()?;
        }
        if let Some(hasher) = &self.hasher {
            let found = hasher.clone().finalize();
            if let Some(declared) = self.declared.filter(|declared| *declared != found) {
                return Err(EntryFault::WrongChecksum { declared, found }.into());
            }
            if let Some(key) = self.file.as_ref().and_then(|watched| watched.key) {
                checksums::remember(key, found);
            }
        }
        self.file = None;
        let stage = mem::replace(&mut self.stage, Stage::Done);
        if let (
            Stage::Open {
                source,
                can_seek: true,
            },
            true,
        ) = (stage, self.returns)
        {
            let content = Content::from_kind(Kind::Seekable(source, None));
            *supply = Supply::Content(Box::new(content));
        }
        Ok(())
    }
}

/// Opens the content of an entry.
fn open(
    path: &str,
    supply: &mut Supply,
    size: Option<u64>,
) -> BoxFuture<'static, Result<Opening, BoxError>> {
    let opened = match supply {
        Supply::Memory(bytes) => in_memory(Bytes::clone(bytes)),
        Supply::Directory => in_memory(Bytes::new()),
        Supply::Open(open) => {
            let (content, path) = (open(), path.to_owned());
            let opened = async move {
                let mut content = content.await?;
                let own = content.survey(&path).await?.size;
                content.open(&path, own).await
            };
            opened.boxed()
        }
        Supply::Content(_) => {
            let Supply::Content(content) = mem::replace(supply, Supply::Taken) else {
                return ready(Err(EntryFault::Used.into())).boxed();
            };
            let path = path.to_owned();
            async move { content.open(&path, size).await }.boxed()
        }
        Supply::File {
            path,
            modified,
            follows_links,
        } => {
            let (path, modified, follows_links) = (path.clone(), *modified, *follows_links);
            let open = move || Watched::open(&path, follows_links, modified, size);
            return async move { spawn_blocking(open).await? }.boxed();
        }
        Supply::Failed(error) => ready(Err(error.as_ref().clone().into())).boxed(),
        Supply::Tree(_) | Supply::Taken => ready(Err(EntryFault::Used.into())).boxed(),
    };
    let without_file = |opened| Opening { opened, file: None };
    opened.map(move |opened| opened.map(without_file)).boxed()
}

fn in_memory(bytes: Bytes) -> BoxFuture<'static, Result<Opened, BoxError>> {
    let size = Some(bytes.len() as u64);
    ready(Ok(Opened {
        source: Source::memory(bytes),
        can_seek: true,
        size,
    }))
    .boxed()
}

impl Watched {
    /// Opens a file, which must be the one that was planned. Blocks.
    fn open(
        path: &Path,
        follows_links: bool,
        modified: u64,
        size: Option<u64>,
    ) -> Result<Opening, BoxError> {
        let file = Arc::new(options(follows_links).open(path)?);
        let now = SystemTime::now();
        let status = file.metadata()?;
        let watched = Self {
            len: size.unwrap_or(status.len()),
            modified,
            key: Key::of(&status, now),
            file: Arc::clone(&file),
        };
        watched.check()?;
        let (source, can_seek) = match Content::from_shared_file(file).kind {
            Kind::Seekable(source, _) => (source, true),
            Kind::Generated(source) | Kind::Forward(source, _) => (source, false),
            Kind::Failed(error) => return Err(error),
            _ => return Err(EntryFault::NotAFile.into()),
        };
        Ok(Opening {
            opened: Opened {
                source,
                can_seek,
                size,
            },
            file: can_seek.then_some(watched),
        })
    }

    /// Fails if the file is not as it was when the archive was planned.
    fn check(&self) -> Result<(), BoxError> {
        let status = self.file.metadata()?;
        let modified = status.modified().map_or(0, nanoseconds);
        if !status.is_file() {
            return Err(EntryFault::NotAFile.into());
        }
        if modified != self.modified || status.len() != self.len {
            return Err(EntryFault::Changed.into());
        }
        Ok(())
    }
}

/// Returns how a file is opened: a file of a tree not through a symbolic link that has taken its place.
fn options(follows_links: bool) -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(target_os = "linux")]
    if !follows_links {
        use std::os::unix::fs::OpenOptionsExt;
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        options.custom_flags(i32::try_from(flags.bits()).unwrap_or(0));
    }
    let _ = follows_links;
    options
}
