//! Content that can be produced from any offset: which ranges are opened, and how failures are reported.

use std::{
    future::ready,
    io,
    ops::Range,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{Router, body::Body, http::Request, response::Response, routing::any};
use bytes::Bytes;
use downloadview::{Content, Download, DownloadRequest, End};
use futures::{Stream, StreamExt, stream};
use tests::{call::send, http1::Connection, message, server::Server, within};
use tower::ServiceExt;

const SIZE: u64 = 300_000;

fn byte(position: u64) -> u8 {
    (position % 251) as u8
}

fn bytes(range: Range<u64>) -> Vec<u8> {
    range.map(byte).collect()
}

/// A source that records the starts and ends of the opened ranges and counts their existing streams.
#[derive(Clone, Default)]
struct Store {
    opened: Arc<Mutex<Vec<(u64, u64)>>>,
    alive: Arc<AtomicUsize>,
}

struct AliveGuard(Arc<AtomicUsize>);

impl Drop for AliveGuard {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Store {
    fn opened(&self) -> Vec<(u64, u64)> {
        std::mem::take(&mut self.opened.lock().unwrap())
    }

    fn stream(&self, range: Range<u64>) -> impl Stream<Item = io::Result<Vec<u8>>> + Send + use<> {
        self.opened.lock().unwrap().push((range.start, range.end));
        self.alive.fetch_add(1, Ordering::SeqCst);
        let alive = AliveGuard(Arc::clone(&self.alive));
        let end = range.end;
        let pieces = range.step_by(7_000);
        stream::iter(pieces).map(move |start| {
            let _ = &alive;
            Ok(bytes(start..end.min(start + 7_000)))
        })
    }

    fn content(&self) -> Content {
        let store = self.clone();
        Content::from_ranges(SIZE, move |range| {
            ready(Ok::<_, io::Error>(store.stream(range)))
        })
    }

    fn router(&self) -> Router {
        let store = self.clone();
        let view = move |request: DownloadRequest| {
            let download = Download::new(store.content()).etag("v1");
            async move { download.respond(&request).await }
        };
        Router::new().route("/", any(view))
    }
}

#[tokio::test]
async fn each_range_that_is_sent_is_opened_once() {
    let store = Store::default();
    let answer = send(store.router(), "GET", "/", &[]).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.field("content-length"), "300000");
    assert_eq!(answer.body, bytes(0..SIZE));
    assert_eq!(store.opened(), [(0, SIZE)]);

    let fields = [("Range", "bytes=100000-199999")];
    let answer = send(store.router(), "GET", "/", &fields).await;
    assert_eq!(answer.status, 206);
    assert_eq!(answer.body, bytes(100_000..200_000));
    assert_eq!(store.opened(), [(100_000, 200_000)]);

    let fields = [("Range", "bytes=250000-250009,5-9,-1")];
    let answer = send(store.router(), "GET", "/", &fields).await;
    assert_eq!(answer.status, 206);
    let body = &answer.body[..];
    for part in [bytes(250_000..250_010), bytes(5..10)] {
        assert!(body.windows(part.len()).any(|window| window == part));
    }
    assert_eq!(
        store.opened(),
        [(250_000, 250_010), (5, 10), (299_999, SIZE)]
    );
    assert_eq!(store.alive.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_response_without_content_opens_nothing() {
    let store = Store::default();
    for (method, field, status) in [
        ("HEAD", ("X", "x"), 200),
        ("GET", ("If-None-Match", "\"v1\""), 304),
        ("GET", ("If-Match", "\"v2\""), 412),
        ("GET", ("Range", "bytes=300000-"), 416),
    ] {
        let answer = send(store.router(), method, "/", &[field]).await;
        assert_eq!((answer.status, answer.body.len()), (status, 0), "{method}");
        assert!(store.opened().is_empty(), "{status}");
    }
    let head = send(store.router(), "HEAD", "/", &[]).await;
    assert_eq!(head.field("content-length"), "300000");
    assert_eq!(head.field("accept-ranges"), "bytes");
}

#[tokio::test]
async fn empty_content_opens_nothing() {
    let content = Content::from_ranges(0, |_| ready(Err::<stream::Empty<Bytes>, _>("opened")));
    let (response, _) = respond(content).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-length"], "0");
}

#[tokio::test]
async fn streams_may_yield_text_and_errors_of_any_type() {
    let content = Content::from_ranges(5, |_| async {
        Ok::<_, String>(stream::iter(["He", "llo"]))
    });
    let (response, _) = respond(content).await;
    assert_eq!(
        response.headers()["content-type"],
        "text/plain; charset=utf-8"
    );
}

async fn respond(content: Content) -> (Response, tokio::sync::oneshot::Receiver<End>) {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let download = Download::new(content).on_finish(move |outcome| {
        // Sending fails if the test does not wait for the end.
        let _ = sender.send(outcome.end);
    });
    (
        download.respond(&DownloadRequest::default()).await,
        receiver,
    )
}

/// Serves content that must fail visibly. Returns the status and the reported error.
async fn failure(content: Content) -> (u16, String) {
    let (response, receiver) = respond(content).await;
    let status = response.status().as_u16();
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await;
    assert!(body.is_err() || status == 500, "the body looks complete");
    match within(receiver).await.unwrap() {
        End::Failed(error) => (status, error.to_string()),
        end => panic!("{end:?}"),
    }
}

#[tokio::test]
async fn a_range_that_cannot_be_opened_is_a_500_and_is_named_in_the_error() {
    let content = Content::from_ranges(10, |_| async {
        Err::<stream::Empty<Bytes>, _>(io::Error::other("no such object"))
    });
    let expected = "cannot open range 0..10: no such object";
    assert_eq!(failure(content).await, (500, expected.to_owned()));
}

#[tokio::test]
async fn a_stream_that_is_too_short_fails_visibly() {
    for (got, status) in [(0, 500), (9, 500), (100_000, 200)] {
        let size = if got < 10 { 10 } else { SIZE };
        let content = Content::from_ranges(size, move |_| async move {
            Ok::<_, io::Error>(stream::iter([Bytes::from(vec![0; got]), Bytes::new()]))
        });
        let expected =
            format!("stream of range 0..{size} ended after {got} of {size} expected bytes");
        assert_eq!(failure(content).await, (status, expected));
    }
}

#[tokio::test]
async fn a_stream_that_is_too_long_fails_visibly() {
    for size in [10, SIZE] {
        for excess in [vec![1], vec![0, 1]] {
            let content = Content::from_ranges(size, move |range| {
                let excess = excess.clone().into_iter().map(|length| vec![0; length]);
                let items = stream::iter(bytes(range)).map(|byte| vec![byte]);
                ready(Ok::<_, io::Error>(items.chain(stream::iter(excess))))
            });
            let expected =
                format!("stream of range 0..{size} is longer than the {size} expected bytes");
            let status = if size == 10 { 500 } else { 200 };
            assert_eq!(failure(content).await, (status, expected));
        }
    }
}

#[tokio::test]
async fn an_error_after_the_last_byte_fails_visibly() {
    let content = Content::from_ranges(5, |_| async {
        let items = [Ok("Hello"), Err(io::Error::other("bad checksum"))];
        Ok::<_, io::Error>(stream::iter(items))
    });
    assert_eq!(failure(content).await, (500, "bad checksum".to_owned()));
}

#[tokio::test]
async fn a_second_range_that_cannot_be_opened_fails_visibly() {
    let view = |request: DownloadRequest| async move {
        let content = Content::from_ranges(SIZE, |range| async move {
            match range.start {
                0 => Ok(stream::iter([bytes(range)])),
                _ => Err(io::Error::other("gone")),
            }
        });
        Download::new(content).etag("v1").respond(&request).await
    };
    let request = Request::get("/").header("Range", "bytes=0-99999,200000-299999");
    let request = request.body(Body::empty()).unwrap();
    let router = Router::new().route("/", any(view));
    let response = router.oneshot(request).await.unwrap();
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await;
    assert!(body.is_err());
}

#[tokio::test]
async fn the_stream_is_dropped_when_the_client_leaves() {
    let alive = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&alive);
    let view = move |request: DownloadRequest| {
        let counter = Arc::clone(&counter);
        let content = Content::from_ranges(u64::MAX, move |_| {
            counter.fetch_add(1, Ordering::SeqCst);
            let alive = AliveGuard(Arc::clone(&counter));
            let items = stream::repeat_with(move || {
                let _ = &alive;
                "0123456789abcdef"
            });
            ready(Ok::<_, io::Error>(items))
        });
        async move { Download::new(content).respond(&request).await }
    };
    let server = Server::start(Router::new().route("/", any(view))).await;
    let mut connection = Connection::open(&server).await;
    connection.begin(&message::Request::get("/")).await;
    within(connection.receive(1_000)).await;
    assert_eq!(alive.load(Ordering::SeqCst), 1);
    drop(connection);
    within(async {
        while alive.load(Ordering::SeqCst) > 0 {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    })
    .await;
}
