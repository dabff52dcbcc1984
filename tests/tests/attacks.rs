//! Malicious requests and clients that leave: work and memory stay bounded, and every download ends once.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{Router, extract::Path, routing::get};
use bytes::Bytes;
use downloadview::{Content, Download, DownloadRequest, End, Outcome};
use futures::{StreamExt, stream};
use tests::{
    http1, http2,
    kinds::{Flavour, Kind, Subject, path, router, subjects},
    limited,
    message::Request,
    server::Server,
};
use tokio::sync::mpsc;

const SIZE: usize = 100_000;

/// Returns very long or extreme values of `Range`, and the expected status for each.
fn exhausting_ranges() -> Vec<(String, u16)> {
    let ranges = |count: usize, range: &dyn Fn(usize) -> String| {
        let ranges: Vec<_> = (0..count).map(range).collect();
        format!("bytes={}", ranges.join(","))
    };
    vec![
        (ranges(5_000, &|index| format!("{0}-{0}", index * 2)), 200),
        (ranges(5_000, &|_| "0-".into()), 206),
        (ranges(5_000, &|_| "-1".into()), 206),
        (ranges(5_000, &|index| format!("{index}-")), 206),
        (ranges(5_000, &|index| format!("{}-", 5_000 - index)), 206),
        (
            ranges(5_000, &|index| format!("{}-", SIZE * 10 + index)),
            416,
        ),
        (ranges(50, &|index| format!("{0}-{0}", index * 2)), 206),
        (format!("bytes=0-{}", "9".repeat(60_000)), 206),
        (format!("bytes={}-", "9".repeat(60_000)), 416),
        (format!("bytes=-{}", "9".repeat(60_000)), 206),
        (format!("bytes={}0-0", "0".repeat(60_000)), 206),
        (format!("bytes={}0-0", ",".repeat(60_000)), 206),
        (format!("bytes={}0-0", " ,\t".repeat(20_000)), 206),
        (format!("bytes={}", "0-0,".repeat(15_000)), 206),
        (format!("{}=0-0", "x".repeat(60_000)), 200),
        (
            "bytes=18446744073709551615-18446744073709551615".into(),
            416,
        ),
        (
            "bytes=18446744073709551616-18446744073709551617".into(),
            416,
        ),
        ("bytes=0-18446744073709551615".into(), 206),
        ("bytes=-18446744073709551616".into(), 206),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn extreme_ranges_produce_no_more_than_the_file() {
    limited(async {
        let subjects = subjects(SIZE, 1);
        let server = Server::start(router(&subjects)).await;
        let mut connection = http1::Connection::open(&server).await;
        for subject in &subjects {
            for (range, status) in exhausting_ranges() {
                subject.probe.take();
                let request = Request::get(path(Flavour::Resumable, subject.kind)).range(&range);
                let answer = connection.exchange(&request).await;
                subject.wait_until_idle().await;
                let (_, produced, _) = subject.probe.take();
                let start = &range[..range.len().min(40)];
                assert_eq!(answer.status, status, "{start} of {:?}", subject.kind);
                assert!(
                    produced <= subject.bytes.len(),
                    "{start} of {:?}",
                    subject.kind
                );
                // Allow for the framing of eight parts.
                assert!(
                    answer.body.len() <= subject.bytes.len() + 8 * 200,
                    "{start}"
                );
            }
        }
    })
    .await;
}

#[tokio::test]
async fn very_long_conditions_are_evaluated() {
    limited(async {
        let subject = Arc::new(Subject::new(Kind::PendingStream, 1000, 1));
        let server = Server::start(router(&[subject])).await;
        let mut connection = http1::Connection::open(&server).await;
        for (name, value, status) in [
            (
                "If-None-Match",
                format!("{}\"v1\"", "\"a\",".repeat(15_000)),
                304,
            ),
            ("If-None-Match", "\"a\",".repeat(15_000), 200),
            (
                "If-None-Match",
                format!("{}\"v1\"", ",".repeat(60_000)),
                304,
            ),
            ("If-None-Match", "\"".repeat(60_001), 200),
            ("If-None-Match", "W/".repeat(30_000), 200),
            (
                "If-Match",
                format!("{}\"v1\"", "W/\"v1\",".repeat(7_000)),
                200,
            ),
            ("If-Match", format!("\"{}\"", "a".repeat(60_000)), 412),
            ("If-Modified-Since", "9".repeat(60_000), 200),
            ("If-Range", "\"".repeat(60_000), 200),
        ] {
            let request = Request::get(path(Flavour::Resumable, Kind::PendingStream));
            let request = request.field(name, value).range("nonsense");
            assert_eq!(connection.exchange(&request).await.status, status, "{name}");
        }
    })
    .await;
}

#[tokio::test]
async fn repeated_field_lines_are_joined_or_ignored() {
    limited(async {
        let subject = Arc::new(Subject::new(Kind::Text, 1000, 1));
        let server = Server::start(router(&[subject])).await;
        let mut connection = http1::Connection::open(&server).await;
        for (name, value, status) in [
            ("If-None-Match", "\"v1\"", 304),
            ("If-Match", "\"v1\"", 200),
            ("Range", "bytes=0-4", 200),
            ("If-Modified-Since", tests::kinds::MODIFIED, 200),
        ] {
            let request = Request::get(path(Flavour::Resumable, Kind::Text));
            let request = (0..90).fold(request, |request, _| request.field(name, value));
            assert_eq!(connection.exchange(&request).await.status, status, "{name}");
        }
    })
    .await;
}

type OutcomeReceiver = mpsc::UnboundedReceiver<Outcome>;

/// Serves each subject at `/{name}` and returns the receiver of the outcomes.
async fn serve_and_observe(subjects: Vec<Subject>) -> (Server, OutcomeReceiver) {
    let (sender, outcomes) = mpsc::unbounded_channel();
    let subjects = Arc::new(subjects);
    let view = move |Path(name): Path<String>, request: DownloadRequest| async move {
        let subject = subjects.iter().find(|subject| subject.kind.name() == name);
        let download = subject.expect("a subject").resumable();
        let download = download.on_finish(move |outcome| sender.send(outcome).expect("a listener"));
        download.respond(&request).await
    };
    (
        Server::start(Router::new().route("/{name}", get(view))).await,
        outcomes,
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_leaves_stops_the_source_and_is_reported_once() {
    limited(async {
        const LARGE: usize = 16 << 20;
        for kind in Kind::ALL {
            let subject = Subject::new(kind, LARGE, 1);
            let (size, probe) = (subject.bytes.len() as u64, Arc::clone(&subject.probe));
            let (server, mut outcomes) = serve_and_observe(vec![subject]).await;
            let mut connection = http1::Connection::open(&server).await;
            let request = Request::get(format!("/{}", kind.name()));
            connection
                .write(&request.to_http1())
                .await
                .expect("a server");
            connection.leave_after(100_000).await;
            let outcome = outcomes.recv().await.expect("an outcome");
            assert!(
                matches!(outcome.end, End::ClientLeft),
                "{kind:?}: {outcome:?}"
            );
            assert!(
                outcome.bytes < size,
                "{kind:?} was sent completely although the client left"
            );
            drop(server);
            // The probe is held until the server, the view and the source are dropped.
            while Arc::strong_count(&probe) > 1 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            assert!(
                outcomes.recv().await.is_none(),
                "{kind:?} was reported twice"
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_reset_stops_the_source_and_keeps_the_connection_open() {
    limited(async {
        for kind in Kind::ALL {
            let subject = Subject::new(kind, 16 << 20, 1);
            let probe = Arc::clone(&subject.probe);
            let (server, mut outcomes) = serve_and_observe(vec![subject]).await;
            let mut connection = http2::Connection::open(&server).await;
            let request = Request::get(format!("/{}", kind.name()));
            connection.leave_midway(&request).await;
            let outcome = outcomes.recv().await.expect("an outcome");
            assert!(
                matches!(outcome.end, End::ClientLeft),
                "{kind:?}: {outcome:?}"
            );
            // The subject holds one reference.
            while Arc::strong_count(&probe) > 2 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            let part = connection.exchange(&request.range("bytes=5-9")).await;
            assert_eq!((part.status, part.body.len()), (206, 5), "{kind:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_response_is_reported_once() {
    limited(async {
        for kind in Kind::ALL {
            let subject = Subject::new(kind, SIZE, 1);
            let size = subject.bytes.len() as u64;
            let (server, mut outcomes) = serve_and_observe(vec![subject]).await;
            let mut connection = http1::Connection::open(&server).await;
            let path = format!("/{}", kind.name());
            for (request, bytes) in [
                (Request::get(&*path), Some(size)),
                (Request::get(&*path).range("bytes=5-9"), Some(5)),
                (Request::head(&*path), None),
                (Request::get(&*path).field("If-None-Match", "*"), None),
                (Request::get(&*path).field("If-Match", "\"v2\""), None),
                (Request::get(&*path).range("bytes=99999999-"), None),
            ] {
                connection.exchange(&request).await;
                let outcome = outcomes.recv().await.expect("an outcome");
                match bytes {
                    Some(_) => assert!(
                        matches!(outcome.end, End::Completed),
                        "{kind:?} {outcome:?}"
                    ),
                    None => assert!(matches!(outcome.end, End::NotSent), "{kind:?} {outcome:?}"),
                }
                assert_eq!(outcome.bytes, bytes.unwrap_or(0), "{kind:?}");
            }
            drop(connection);
            drop(server);
            assert!(
                outcomes.recv().await.is_none(),
                "{kind:?} was reported twice"
            );
        }
    })
    .await;
}

/// hyper treats a half-closed connection as closed, so the body may be incomplete, but never unnoticed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_half_closed_connection_gets_a_complete_or_visibly_incomplete_body() {
    limited(async {
        for kind in Kind::ALL {
            let subject = Subject::new(kind, 1 << 20, 1);
            let bytes = subject.bytes.clone();
            let (server, mut outcomes) = serve_and_observe(vec![subject]).await;
            let mut connection = http1::Connection::open(&server).await;
            let request = Request::get(format!("/{}", kind.name()));
            connection
                .write(&request.to_http1())
                .await
                .expect("a server");
            connection.finish_writing().await.expect("a server");
            let answer = connection.read_answer(&request.method).await;
            let begun = !matches!(answer, Err(http1::Broken::Cut(None)));
            match answer {
                Ok(answer) => assert!(answer.body == bytes, "{kind:?}"),
                Err(http1::Broken::Cut(part)) => {
                    assert!(part.is_none_or(|part| bytes.starts_with(&part)), "{kind:?}");
                }
                Err(broken) => panic!("{broken:?} of {kind:?}"),
            }
            drop((connection, server));
            let mut count = 0;
            while outcomes.recv().await.is_some() {
                count += 1;
            }
            // No download is reported if the connection was closed before the request was read.
            assert!(
                count == 1 || (count == 0 && !begun),
                "{kind:?}: {count} reports"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn an_incomplete_request_head_does_not_touch_the_source() {
    limited(async {
        let subject = Subject::new(Kind::PendingStream, 1000, 1);
        let probe = Arc::clone(&subject.probe);
        let (server, mut outcomes) = serve_and_observe(vec![subject]).await;
        let mut connection = http1::Connection::open(&server).await;
        connection
            .write(b"GET /pendingstream HTTP/1.1\r\nHost: x\r\nRange: bytes=0")
            .await
            .expect("a server");
        connection.finish_writing().await.expect("a server");
        let _ = connection.read_to_end().await;
        drop((connection, server));
        assert!(outcomes.recv().await.is_none());
        assert_eq!(probe.take().0, 0);
    })
    .await;
}

/// Returns a function that creates a resumable download of `count` chunks. Each chunk is counted in `produced`.
fn download_of_chunks(
    count: usize,
    pause: Option<Duration>,
    produced: Arc<AtomicUsize>,
) -> impl Fn() -> Download + Clone + Send + Sync + 'static {
    move || {
        let produced = Arc::clone(&produced);
        let chunks = stream::iter(0..count).then(move |_| {
            produced.fetch_add(1, Ordering::SeqCst);
            async move {
                if let Some(pause) = pause {
                    tokio::time::sleep(pause).await;
                }
                Bytes::from_static(&[b'x'; 1 << 14])
            }
        });
        let size = (count as u64) << 14;
        Download::new(Content::from_stream(chunks))
            .etag("v1")
            .size(size)
    }
}

async fn serve(download: impl Fn() -> Download + Clone + Send + Sync + 'static) -> Server {
    let view = move |request: DownloadRequest| async move { download().respond(&request).await };
    let router = Router::new()
        .route("/", get(view))
        .route("/other", get("Hello world!"));
    Server::start(router).await
}

#[tokio::test]
async fn discarding_content_lets_other_tasks_run() {
    limited(async {
        const COUNT: usize = 200_000;
        let produced = Arc::new(AtomicUsize::new(0));
        let server = serve(download_of_chunks(COUNT, None, Arc::clone(&produced))).await;
        let mut greedy = http1::Connection::open(&server).await;
        let mut other = http1::Connection::open(&server).await;
        let request = Request::get("/").range("bytes=-1");
        greedy.write(&request.to_http1()).await.expect("a server");
        while produced.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(other.exchange(&Request::get("/other")).await.status, 200);
        assert!(
            produced.load(Ordering::SeqCst) < COUNT,
            "the other request waited for all of the content"
        );
        drop(greedy);
    })
    .await;
}

#[tokio::test]
async fn discarding_content_does_not_count_as_a_stall() {
    limited(async {
        let pause = Some(Duration::from_millis(20));
        let slow = download_of_chunks(50, pause, Arc::default());
        let server = serve(move || slow().stall_timeout(Duration::from_millis(500))).await;
        let request = Request::get("/").range("bytes=-1");
        let answer = http1::Connection::open(&server)
            .await
            .exchange(&request)
            .await;
        assert_eq!((answer.status, &answer.body[..]), (206, &b"x"[..]));
    })
    .await;
}
