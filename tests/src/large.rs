//! Large files of every kind that is not in memory, and observations of their downloads.

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

/// The size of each file: three times what a client must drain to count as fast.
pub const SIZE: usize = 25_000_000;
/// The position of a fault, long after the client counts as fast.
pub const LATE: usize = 20_000_000;
/// The error or panic message of a fault.
pub const FAULT_MESSAGE: &str = "the pipe burst";

/// The bytes of each file.
pub static FILE: LazyLock<Bytes> = LazyLock::new(|| pattern(SIZE, 1));

/// A way in which a source fails.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// It returns an error.
    Error,
    /// It panics.
    Panic,
}

/// A source that implements all source traits and may fail at [`LATE`].
#[derive(Debug)]
pub struct Source {
    position: usize,
    /// The maximum number of bytes per read or item.
    max: usize,
    fault: Option<Fault>,
}

impl Source {
    /// Creates a source at the start of the file.
    pub fn new(fault: Option<Fault>) -> Self {
        Self {
            position: 0,
            max: usize::MAX,
            fault,
        }
    }

    fn with_max(self, max: usize) -> Self {
        Self { max, ..self }
    }

    /// Returns the next bytes, or no bytes at the end.
    fn next_bytes(&mut self, max: usize) -> io::Result<Bytes> {
        let end = match self.fault {
            Some(Fault::Error) if self.position == LATE => {
                return Err(io::Error::other(FAULT_MESSAGE));
            }
            Some(Fault::Panic) if self.position == LATE => panic!("{FAULT_MESSAGE}"),
            Some(_) => LATE,
            None => SIZE,
        };
        let n = max.min(self.max).min(end - self.position);
        self.position += n;
        Ok(FILE.slice(self.position - n..self.position))
    }
}

impl Iterator for Source {
    type Item = io::Result<Bytes>;

    fn next(&mut self) -> Option<Self::Item> {
        let item = self.next_bytes(usize::MAX);
        item.map(|item| (!item.is_empty()).then_some(item))
            .transpose()
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.next_bytes(buffer.len())?;
        buffer[..bytes.len()].copy_from_slice(&bytes);
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
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let bytes = self.next_bytes(buffer.remaining())?;
        buffer.put_slice(&bytes);
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

/// The name of a kind and a function that creates content of it.
pub type Kind = (&'static str, fn(Source) -> Content);

/// The kinds whose reads fill the whole buffer, which can become large for a fast client.
pub const READERS: [Kind; 2] = [
    ("reader", Content::from_reader),
    ("seekable reader", Content::from_seekable_reader),
];

/// The kinds whose source can fail at a given position. A file cannot.
pub const KINDS: [Kind; 11] = [
    READERS[0],
    READERS[1],
    ("reader with short reads", |source| {
        Content::from_reader(source.with_max(100_000))
    }),
    ("async reader", Content::from_async_reader),
    ("seekable async reader", Content::from_seekable_async_reader),
    ("small items", |source| {
        Content::from_chunks(source.with_max(3_000))
    }),
    ("large items", |source| {
        Content::from_chunks(source.with_max(200_000))
    }),
    ("small pieces", |source| {
        Content::from_stream(stream::iter(source.with_max(3_000)))
    }),
    ("large pieces", |source| {
        Content::from_stream(stream::iter(source.with_max(200_000)))
    }),
    ("response", |source| {
        let pieces = stream::iter(source.with_max(100_000));
        Content::from_response(Response::new(Body::from_stream(pieces)))
    }),
    ("writer", |source| {
        let mut items = source.with_max(10_000);
        Content::from_writer(move |out: &mut dyn Write| -> io::Result<()> {
            items.try_for_each(|item| out.write_all(&item?))
        })
    }),
];

/// Creates a file that exists only as long as it is open.
///
/// # Panics
/// Panics if the temporary directory is not writable.
pub fn file() -> Arc<File> {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let count = COUNT.fetch_add(1, Ordering::SeqCst);
    let name = format!("downloadview-large-{}-{count}", std::process::id());
    let path = std::env::temp_dir().join(name);
    fs::write(&path, &*FILE).expect("the file should be writable");
    let mut options = File::options();
    let file = options.read(true).write(true).open(&path);
    fs::remove_file(&path).expect("the file should exist");
    Arc::new(file.expect("the file should open"))
}

/// Returns the number of latest frames that a connection keeps if it sends each frame at once. It only starts to send once
/// it has collected some bytes.
pub fn kept_by_prompt_connection(bytes: usize) -> usize {
    usize::from(bytes < 1 << 20)
}

/// The observations of a download.
#[derive(Debug, Default)]
pub struct Observed {
    /// The number of bytes that were received. All of them were correct.
    pub bytes: usize,
    /// The size of the largest frame.
    pub largest: usize,
    /// True if the body failed.
    pub is_broken: bool,
    outcomes: Arc<Mutex<Vec<Outcome>>>,
}

impl Observed {
    /// Serves `content` to a client that keeps the latest frames. `keep` maps the number of received bytes to their number.
    ///
    /// # Panics
    /// Panics if the bytes differ from those of the file, or none arrive for too long.
    pub async fn of(content: Content, mut keep: impl FnMut(usize) -> usize) -> Self {
        let mut observed = Self::default();
        let outcomes = Arc::clone(&observed.outcomes);
        let download = Download::new(content).on_finish(move |outcome| {
            outcomes.lock().unwrap().push(outcome);
        });
        let response = within(download.respond(&DownloadRequest::default())).await;
        let mut body = response.into_body().into_data_stream();
        let mut kept = VecDeque::new();
        while let Some(frame) = within(body.next()).await {
            let Ok(frame) = frame else {
                observed.is_broken = true;
                break;
            };
            let expected = FILE.get(observed.bytes..observed.bytes + frame.len());
            assert!(
                expected == Some(&frame),
                "the bytes differ after {}",
                observed.bytes
            );
            observed.bytes += frame.len();
            observed.largest = observed.largest.max(frame.len());
            kept.push_back(frame);
            while kept.len() > keep(observed.bytes) {
                kept.pop_front();
            }
        }
        observed
    }

    /// Returns the reported end of the download.
    ///
    /// # Panics
    /// Panics if there is not exactly one outcome, or its number of bytes is wrong.
    pub fn end(&self) -> String {
        let outcomes = self.outcomes.lock().unwrap();
        let [outcome] = &outcomes[..] else {
            panic!("not exactly one outcome: {outcomes:?}")
        };
        assert_eq!(outcome.bytes, self.bytes as u64);
        format!("{:?}", outcome.end)
    }

    /// Asserts that every byte was received and that the download was reported as completed.
    ///
    /// # Panics
    /// Panics if a byte is missing or another end was reported.
    pub fn assert_complete(&self, kind: &str) {
        assert!(!self.is_broken, "{kind}: {}", self.end());
        assert_eq!(self.bytes, SIZE, "{kind}");
        assert_eq!(self.end(), "Completed", "{kind}");
    }
}

/// Asserts that every kind is complete for a client that keeps frames as described at [`Observed::of`].
///
/// # Panics
/// Panics if one is not complete.
pub async fn assert_all_complete(keep: fn(usize) -> usize) {
    for (kind, content) in KINDS {
        let observed = Observed::of(content(Source::new(None)), keep).await;
        observed.assert_complete(kind);
    }
    Observed::of(file().into_content(), keep)
        .await
        .assert_complete("file");
}

/// Asserts that every kind that fails is observed to fail, and that the cause is reported.
///
/// # Panics
/// Panics if a failure is not observed or its cause is not reported.
pub async fn assert_all_fail() {
    for ((kind, content), fault) in KINDS
        .into_iter()
        .flat_map(|kind| [Fault::Error, Fault::Panic].map(|fault| (kind, fault)))
    {
        let observed =
            Observed::of(content(Source::new(Some(fault))), kept_by_prompt_connection).await;
        assert!(observed.is_broken, "{kind}, {fault:?}: looks complete");
        let end = observed.end();
        assert!(end.contains(FAULT_MESSAGE), "{kind}, {fault:?}: {end}");
        // Bytes that were collected for the next frame may be lost with the source.
        let lost = LATE - observed.bytes;
        assert!(lost < 1 << 16, "{kind}, {fault:?}: {lost} bytes are lost");
    }
}
