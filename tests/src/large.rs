//! Large files of every kind that is not in memory, and what is seen of them.

use std::{
    collections::VecDeque,
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom, Write},
    pin::Pin,
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use axum::{body::Body, response::Response};
use bytes::Bytes;
use downloadview::{Content, Download, DownloadRequest, IntoContent, Outcome};
use futures::{StreamExt, stream};
use tokio::io::{AsyncRead, AsyncSeek, ReadBuf};

use crate::{kinds::pattern, within};

/// Three times what proves that a client is fast.
pub const SIZE: usize = 25_000_000;
/// Where a source that goes wrong does, long after that.
pub const LATE: usize = 20_000_000;
/// What it says then.
pub const WHY: &str = "the pipe burst";

/// The bytes of each of them.
pub static FILE: LazyLock<Bytes> = LazyLock::new(|| pattern(SIZE, 1));

/// How a source goes wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// It says so.
    Error,
    /// It panics.
    Panic,
}

/// A source of every sort, whose fault is at [`LATE`].
#[derive(Debug)]
pub struct Source {
    position: usize,
    /// How much it gives at once.
    most: usize,
    fault: Option<Fault>,
}

impl Source {
    /// At its start.
    pub fn new(fault: Option<Fault>) -> Self {
        Self {
            position: 0,
            most: usize::MAX,
            fault,
        }
    }

    fn by(self, most: usize) -> Self {
        Self { most, ..self }
    }

    /// The next bytes, none at the end.
    fn some(&mut self, most: usize) -> io::Result<Bytes> {
        let end = match self.fault {
            Some(Fault::Error) if self.position == LATE => return Err(io::Error::other(WHY)),
            Some(Fault::Panic) if self.position == LATE => panic!("{WHY}"),
            Some(_) => LATE,
            None => SIZE,
        };
        let n = most.min(self.most).min(end - self.position);
        self.position += n;
        Ok(FILE.slice(self.position - n..self.position))
    }
}

impl Iterator for Source {
    type Item = io::Result<Bytes>;

    fn next(&mut self) -> Option<Self::Item> {
        let item = self.some(usize::MAX);
        item.map(|item| (!item.is_empty()).then_some(item))
            .transpose()
    }
}

impl Read for Source {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let bytes = self.some(room.len())?;
        room[..bytes.len()].copy_from_slice(&bytes);
        Ok(bytes.len())
    }
}

impl Seek for Source {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.position = match to {
            SeekFrom::Start(position) => usize::try_from(position).expect("within the file"),
            SeekFrom::End(0) => SIZE,
            other => unreachable!("{other:?} of a file of a known size"),
        };
        Ok(self.position as u64)
    }
}

impl AsyncRead for Source {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        room: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let bytes = self.some(room.remaining())?;
        room.put_slice(&bytes);
        Poll::Ready(Ok(()))
    }
}

impl AsyncSeek for Source {
    fn start_seek(mut self: Pin<&mut Self>, to: SeekFrom) -> io::Result<()> {
        self.seek(to).map(drop)
    }

    fn poll_complete(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<u64>> {
        Poll::Ready(Ok(self.position as u64))
    }
}

/// A kind, by its name, and how content of it is made.
pub type Kind = (&'static str, fn(Source) -> Content);

/// Those of whose reads each fills what there is room for: for a client that is fast they can be large.
pub const READERS: [Kind; 2] = [
    ("reader", Content::from_reader),
    ("seekable reader", Content::from_seekable_reader),
];

/// All that can go wrong; a file cannot, in this way.
pub const KINDS: [Kind; 11] = [
    READERS[0],
    READERS[1],
    ("reader that gives less than there is room for", |source| {
        Content::from_reader(source.by(100_000))
    }),
    ("async reader", Content::from_async_reader),
    ("seekable async reader", Content::from_seekable_async_reader),
    ("small items", |source| {
        Content::from_chunks(source.by(3_000))
    }),
    ("large items", |source| {
        Content::from_chunks(source.by(200_000))
    }),
    ("small pieces", |source| {
        Content::from_stream(stream::iter(source.by(3_000)))
    }),
    ("large pieces", |source| {
        Content::from_stream(stream::iter(source.by(200_000)))
    }),
    ("response", |source| {
        let pieces = stream::iter(source.by(100_000));
        Content::from_response(Response::new(Body::from_stream(pieces)))
    }),
    ("writer", |source| {
        let mut items = source.by(10_000);
        Content::from_writer(move |out: &mut dyn Write| -> io::Result<()> {
            items.try_for_each(|item| out.write_all(&item?))
        })
    }),
];

/// A file that is nowhere but in this handle.
///
/// # Panics
/// When the temporary directory cannot be written.
pub fn file() -> Arc<File> {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let count = COUNT.fetch_add(1, Ordering::SeqCst);
    let name = format!("downloadview-large-{}-{count}", std::process::id());
    let path = std::env::temp_dir().join(name);
    fs::write(&path, &*FILE).expect("room for it");
    let mut options = File::options();
    let file = options.read(true).write(true).open(&path);
    fs::remove_file(&path).expect("still there");
    Arc::new(file.expect("the file"))
}

/// How many frames a client keeps that sends each at once: it does not begin before it has some.
pub fn few(bytes: usize) -> usize {
    usize::from(bytes < 1 << 20)
}

/// What was seen of a download.
#[derive(Debug, Default)]
pub struct Seen {
    /// How many bytes came; they were those of the file.
    pub bytes: usize,
    /// The size of the largest frame.
    pub largest: usize,
    /// Whether it failed.
    pub is_broken: bool,
    told: Arc<Mutex<Vec<Outcome>>>,
}

impl Seen {
    /// Serves `content` to a client that, once so many bytes have come, keeps so many of the last frames as `keep` says.
    ///
    /// # Panics
    /// When other bytes come than those of the file, or none for too long.
    pub async fn of(content: Content, mut keep: impl FnMut(usize) -> usize) -> Self {
        let mut seen = Self::default();
        let told = Arc::clone(&seen.told);
        let download = Download::new(content).on_finish(move |outcome| {
            told.lock().unwrap().push(outcome);
        });
        let response = within(download.respond(&DownloadRequest::default())).await;
        let mut body = response.into_body().into_data_stream();
        let mut kept = VecDeque::new();
        while let Some(frame) = within(body.next()).await {
            let Ok(frame) = frame else {
                seen.is_broken = true;
                break;
            };
            let expected = FILE.get(seen.bytes..seen.bytes + frame.len());
            assert!(expected == Some(&frame), "other bytes at {}", seen.bytes);
            seen.bytes += frame.len();
            seen.largest = seen.largest.max(frame.len());
            kept.push_back(frame);
            while kept.len() > keep(seen.bytes) {
                kept.pop_front();
            }
        }
        seen
    }

    /// How it ended, and how many bytes it had then; told once.
    ///
    /// # Panics
    /// When it was told more often, or never.
    pub fn end(&self) -> String {
        let told = self.told.lock().unwrap();
        let [outcome] = &told[..] else {
            panic!("told {told:?}")
        };
        assert_eq!(outcome.bytes, self.bytes as u64);
        format!("{:?}", outcome.end)
    }

    /// Asserts that every byte came, and that this was told.
    ///
    /// # Panics
    /// When it was not.
    pub fn is_whole(&self, kind: &str) {
        assert!(!self.is_broken, "{kind}: {}", self.end());
        assert_eq!(self.bytes, SIZE, "{kind}");
        assert_eq!(self.end(), "Completed", "{kind}");
    }
}

/// Every kind comes whole to a client that keeps frames as [`Seen::of`] says.
///
/// # Panics
/// When one does not.
pub async fn all_come_whole(keep: fn(usize) -> usize) {
    for (kind, content) in KINDS {
        let seen = Seen::of(content(Source::new(None)), keep).await;
        seen.is_whole(kind);
    }
    Seen::of(file().into_content(), keep).await.is_whole("file");
}

/// Every kind that goes wrong is seen to, and its cause is told.
///
/// # Panics
/// When one is not.
pub async fn all_are_seen_to_fail() {
    for ((kind, content), fault) in KINDS
        .into_iter()
        .flat_map(|kind| [Fault::Error, Fault::Panic].map(|fault| (kind, fault)))
    {
        let seen = Seen::of(content(Source::new(Some(fault))), few).await;
        assert!(seen.is_broken, "{kind}, {fault:?}: looks whole");
        let end = seen.end();
        assert!(end.contains(WHY), "{kind}, {fault:?}: {end}");
        // What was gathered for the next frame may be lost with the source.
        let lost = LATE - seen.bytes;
        assert!(lost < 1 << 16, "{kind}, {fault:?}: {lost} bytes are lost");
    }
}
