//! Sources that fail, a server for them, and the outcomes it observes.

use std::{
    io::{self, Read, Write},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::{Router, extract::Path, response::Response, routing::get};
use downloadview::{Content, Download, DownloadRequest, End, Outcome};
use futures::stream;
use tokio::{
    io::{AsyncRead, AsyncWriteExt, ReadBuf},
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};

use crate::{http1, http2, message::Request, server::Server, within};

/// A row of each source.
pub const ROW: &[u8] = b"0123456789abcdef0123456789abcdef";
/// The number of rows in several megabytes, which exceed the buffers between source and client.
pub const ROWS: usize = 100_000;

/// A way in which a source fails.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    Error,
    Panic,
}

/// A source of rows with a fault at one of them.
struct Rows {
    next: usize,
    end: usize,
    fault: Option<(usize, Fault)>,
    /// The number of sources that exist.
    alive: Arc<AtomicUsize>,
}

impl Rows {
    fn new(end: usize, fault: Option<(usize, Fault)>, alive: &Arc<AtomicUsize>) -> Self {
        alive.fetch_add(1, Ordering::SeqCst);
        Self {
            next: 0,
            end,
            fault,
            alive: Arc::clone(alive),
        }
    }
}

impl Drop for Rows {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Iterator for Rows {
    type Item = io::Result<&'static [u8]>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.fault {
            Some((at, Fault::Error)) if at == self.next => {
                self.next += 1;
                return Some(Err(io::Error::other("the pipe burst")));
            }
            Some((at, Fault::Panic)) if at == self.next => panic!("the pipe burst"),
            _ if self.next >= self.end => return None,
            _ => self.next += 1,
        }
        Some(Ok(ROW))
    }
}

impl Read for Rows {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(row) = self.next() else { return Ok(0) };
        let row = row?;
        buffer[..row.len()].copy_from_slice(row);
        Ok(row.len())
    }
}

struct AsyncRows(Rows);

impl AsyncRead for AsyncRows {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(row) = self.0.next() {
            buffer.put_slice(row?);
        }
        Poll::Ready(Ok(()))
    }
}

/// The kinds of source, as they are named in paths.
pub const KINDS: [&str; 6] = [
    "stream",
    "iterator",
    "reader",
    "async-reader",
    "async-writer",
    "writer",
];

fn content(kind: &str, mut rows: Rows) -> Content {
    match kind {
        "stream" => Content::from_stream(stream::iter(rows)),
        "iterator" => Content::from_chunks(rows),
        "reader" => Content::from_reader(rows),
        "async-reader" => Content::from_async_reader(AsyncRows(rows)),
        "async-writer" => Content::from_async_writer(|mut out| async move {
            for row in rows {
                out.write_all(row?).await?;
            }
            Ok(())
        }),
        _ => Content::from_writer(move |out: &mut dyn Write| -> io::Result<()> {
            rows.try_for_each(|row| out.write_all(row?))
        }),
    }
}

/// Serves `/{kind}/{rows}/{at}/{fault}/{size}`, with `-` for an absent value.
fn app(outcomes: &UnboundedSender<Outcome>, alive: &Arc<AtomicUsize>) -> Router {
    let (outcomes, alive) = (outcomes.clone(), Arc::clone(alive));
    let view = move |request: DownloadRequest,
                     Path((kind, rows, at, fault, size)): Path<(
        String,
        usize,
        String,
        String,
        String,
    )>| {
        let fault = match (fault.as_str(), at.parse()) {
            ("error", Ok(at)) => Some((at, Fault::Error)),
            ("panic", Ok(at)) => Some((at, Fault::Panic)),
            _ => None,
        };
        let rows = Rows::new(rows, fault, &alive);
        let outcomes = outcomes.clone();
        async move { answer(&request, content(&kind, rows), size.parse().ok(), outcomes).await }
    };
    Router::new().route("/{kind}/{rows}/{at}/{fault}/{size}", get(view))
}

async fn answer(
    request: &DownloadRequest,
    content: Content,
    size: Option<u64>,
    outcomes: UnboundedSender<Outcome>,
) -> Response {
    let download = Download::new(content).on_finish(move |outcome| {
        // Sending fails if the test has ended.
        let _ = outcomes.send(outcome);
    });
    match size {
        Some(size) => download.size(size).respond(request).await,
        None => download.respond(request).await,
    }
}

/// A server of failing sources and the outcomes of its downloads.
#[derive(Debug)]
pub struct FailingServer {
    /// Serves `/{kind}/{rows}/{at}/{fault}/{size}`, with `-` for an absent value.
    pub server: Server,
    outcomes: UnboundedReceiver<Outcome>,
    alive: Arc<AtomicUsize>,
}

impl FailingServer {
    /// Starts the server.
    pub async fn open() -> Self {
        let (sender, outcomes) = unbounded_channel();
        let alive = Arc::default();
        let server = Server::start(app(&sender, &alive)).await;
        Self {
            server,
            outcomes,
            alive,
        }
    }

    /// Waits until a source is dropped and returns the only outcome of its download.
    ///
    /// # Panics
    /// Panics if there is no outcome in time, or more than one.
    pub async fn outcome(&mut self) -> Outcome {
        let outcome = within(self.outcomes.recv()).await.expect("an outcome");
        within(async {
            while self.alive.load(Ordering::SeqCst) > 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        })
        .await;
        assert!(
            self.outcomes.try_recv().is_err(),
            "the outcome was reported twice"
        );
        outcome
    }

    /// Asserts that clients of both HTTP versions see a failure, and that another HTTP/2 stream still works.
    ///
    /// # Panics
    /// Panics if a client sees a complete file.
    pub async fn assert_fails(&mut self, path: &str) {
        let request = Request::get(path);
        let mut connection = http1::Connection::open(&self.server).await;
        let answer = within(connection.try_exchange(&request)).await;
        assert!(answer.is_err(), "{path} looks complete over HTTP/1.1");
        self.assert_failed(path).await;
        let mut connection = http2::Connection::open(&self.server).await;
        let answer = within(connection.try_exchange(&request)).await;
        assert!(answer.is_err(), "{path} looks complete over HTTP/2");
        self.assert_failed(path).await;
        let other = within(connection.exchange(&Request::get("/stream/3/-/-/-"))).await;
        assert_eq!(other.body.len(), 3 * ROW.len());
        self.outcome().await;
    }

    /// Asserts that the outcome is a failure.
    ///
    /// # Panics
    /// Panics if the download did not fail.
    pub async fn assert_failed(&mut self, path: &str) {
        let outcome = self.outcome().await;
        assert!(matches!(outcome.end, End::Failed(_)), "{path}: {outcome:?}");
    }
}
