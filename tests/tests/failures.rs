//! What breaks is seen to break: by the client, in the log, by `on_finish`; and it leaves nothing behind.

use std::{
    future::Future,
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
use bytes::Bytes;
use downloadview::{Content, Download, DownloadRequest, End, Outcome};
use futures::stream;
use tests::{http1, http2, log::Log, message::Request, server::Server};
use tokio::{
    io::{AsyncRead, ReadBuf},
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    time::timeout,
};

const ROW: &[u8] = b"0123456789abcdef0123456789abcdef";
/// Some megabytes: more than the buffers between source and client take at once.
const ROWS: usize = 100_000;
const PATIENCE: Duration = Duration::from_secs(30);

/// How a source goes wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    Error,
    Panic,
}

/// Rows, and at one of them the fault.
struct Rows {
    next: usize,
    end: usize,
    fault: Option<(usize, Fault)>,
    /// Counts the sources that exist.
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
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let Some(row) = self.next() else { return Ok(0) };
        let row = row?;
        room[..row.len()].copy_from_slice(row);
        Ok(row.len())
    }
}

struct AsyncRows(Rows);

impl AsyncRead for AsyncRows {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        room: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(row) = self.0.next() {
            room.put_slice(row?);
        }
        Poll::Ready(Ok(()))
    }
}

const KINDS: [&str; 5] = ["stream", "iterator", "reader", "async-reader", "writer"];

fn content(kind: &str, mut rows: Rows) -> Content {
    match kind {
        "stream" => Content::from_stream(stream::iter(rows)),
        "iterator" => Content::from_chunks(rows),
        "reader" => Content::from_reader(rows),
        "async-reader" => Content::from_async_reader(AsyncRows(rows)),
        _ => Content::from_writer(move |out: &mut dyn Write| -> io::Result<()> {
            rows.try_for_each(|row| out.write_all(row?))
        }),
    }
}

/// `/{kind}/{rows}/{at}/{fault}/{size}`: `-` for what there is not.
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
        // The test may have ended.
        let _ = outcomes.send(outcome);
    });
    match size {
        Some(size) => download.size(size).respond(request).await,
        None => download.respond(request).await,
    }
}

/// A server of [`app`], and what is to be seen of it.
struct Scene {
    server: Server,
    outcomes: UnboundedReceiver<Outcome>,
    alive: Arc<AtomicUsize>,
}

impl Scene {
    async fn open() -> Self {
        let (sender, outcomes) = unbounded_channel();
        let alive = Arc::default();
        let server = Server::start(app(&sender, &alive)).await;
        Self {
            server,
            outcomes,
            alive,
        }
    }

    /// The one outcome of a download, once its source is gone.
    async fn outcome(&mut self) -> Outcome {
        let outcome = within(self.outcomes.recv()).await.expect("an outcome");
        within(async {
            while self.alive.load(Ordering::SeqCst) > 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        })
        .await;
        assert!(self.outcomes.try_recv().is_err(), "told twice");
        outcome
    }

    /// Whether the client saw a failure, over HTTP/1.1 and over HTTP/2, where another stream goes on.
    async fn fails(&mut self, path: &str) {
        let request = Request::get(path);
        let mut connection = http1::Connection::open(&self.server).await;
        let answer = within(connection.try_exchange(&request)).await;
        assert!(answer.is_err(), "{path} looks whole over HTTP/1.1");
        self.failed(path).await;
        let mut connection = http2::Connection::open(&self.server).await;
        let answer = within(connection.try_exchange(&request)).await;
        assert!(answer.is_err(), "{path} looks whole over HTTP/2");
        self.failed(path).await;
        let other = within(connection.exchange(&Request::get("/stream/3/-/-/-"))).await;
        assert_eq!(other.body.len(), 3 * ROW.len());
        self.outcome().await;
    }

    async fn failed(&mut self, path: &str) {
        let outcome = self.outcome().await;
        assert!(matches!(outcome.end, End::Failed(_)), "{path}: {outcome:?}");
    }
}

async fn within<T>(future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, future).await.expect("in time")
}

/// Current-thread runtimes, so that the log of the thread is the log of the test.
#[tokio::test]
async fn a_source_that_fails_at_once_is_a_logged_500() {
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());
    let mut scene = Scene::open().await;
    for kind in KINDS {
        for fault in ["error", "panic"] {
            let path = format!("/{kind}/{ROWS}/0/{fault}/-");
            let mut connection = http1::Connection::open(&scene.server).await;
            let answer = within(connection.exchange(&Request::get(&path))).await;
            assert_eq!((answer.status, answer.body.len()), (500, 0), "{path}");
            scene.failed(&path).await;
            let lines = log.take();
            assert_eq!(lines.len(), 1, "{lines:?}");
            for part in ["view=\"Download\"", "bytes=0", "the pipe burst"] {
                assert!(lines[0].contains(part), "{part} in {lines:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_source_that_fails_later_is_seen_to_fail_and_logged_once() {
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());
    let mut scene = Scene::open().await;
    for kind in KINDS {
        for fault in ["error", "panic"] {
            for at in [ROWS / 2, ROWS - 1, ROWS] {
                scene.fails(&format!("/{kind}/{ROWS}/{at}/{fault}/-")).await;
                let lines = log.take();
                assert_eq!(lines.len(), 2, "once for each protocol: {lines:?}");
                assert!(
                    lines.iter().all(|line| line.contains("the pipe burst")),
                    "{lines:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn content_of_another_length_than_its_size_is_seen_to_fail() {
    let mut scene = Scene::open().await;
    let size = ROWS * ROW.len();
    for kind in KINDS {
        for wrong in [
            size - 1,
            size + 1,
            size - ROW.len(),
            size + ROW.len(),
            2 * size,
        ] {
            scene.fails(&format!("/{kind}/{ROWS}/-/-/{wrong}")).await;
        }
    }
}

/// Chunks that are frames of their own, so that one ends where the size ends.
#[tokio::test]
async fn content_that_goes_on_where_a_frame_completed_its_size_is_seen_to_fail() {
    async fn long(request: DownloadRequest) -> Response {
        let chunks = vec![Bytes::from(vec![b'x'; 20_000]); 11];
        let content = Content::from_stream(stream::iter(chunks));
        Download::new(content).size(200_000).respond(&request).await
    }
    let server = Server::start(Router::new().route("/", get(long))).await;
    let request = Request::get("/");
    let mut connection = http1::Connection::open(&server).await;
    within(connection.try_exchange(&request))
        .await
        .expect_err("too long");
    let mut connection = http2::Connection::open(&server).await;
    within(connection.try_exchange(&request))
        .await
        .expect_err("too long");
}

#[tokio::test]
async fn content_of_the_right_length_is_whole() {
    let mut scene = Scene::open().await;
    let size = ROWS * ROW.len();
    for kind in KINDS {
        let mut connection = http1::Connection::open(&scene.server).await;
        let path = format!("/{kind}/{ROWS}/-/-/{size}");
        let answer = within(connection.exchange(&Request::get(&path))).await;
        assert!(answer.body == ROW.repeat(ROWS), "{path}");
        let outcome = scene.outcome().await;
        assert!(matches!(outcome.end, End::Completed), "{outcome:?}");
        assert_eq!(outcome.bytes, size as u64);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_ends_the_source() {
    let mut scene = Scene::open().await;
    for kind in KINDS {
        let mut connection = http1::Connection::open(&scene.server).await;
        let endless = Request::get(format!("/{kind}/{}/-/-/-", usize::MAX));
        connection
            .write(&endless.to_http1())
            .await
            .expect("a server");
        within(connection.leave_after(1 << 20)).await;
        let outcome = scene.outcome().await;
        assert!(
            matches!(outcome.end, End::ClientLeft),
            "{kind}: {outcome:?}"
        );
        assert!(outcome.bytes >= 1 << 20, "{kind}: {outcome:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_leave_no_thread_and_no_descriptor_behind() {
    let mut scene = Scene::open().await;
    let mut counts = Vec::new();
    for _ in 0..4 {
        for kind in KINDS {
            scene
                .fails(&format!("/{kind}/{ROWS}/{}/error/-", ROWS / 2))
                .await;
        }
        counts.push((count("/proc/self/task"), count("/proc/self/fd")));
    }
    let (first, last) = (counts[1], counts[3]);
    assert!(
        last.0 <= first.0 && last.1 <= first.1,
        "threads and descriptors: {counts:?}"
    );
}

fn count(folder: &str) -> usize {
    std::fs::read_dir(folder).expect("Linux").count()
}
