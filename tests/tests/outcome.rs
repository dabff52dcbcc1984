//! Outcomes are reported to `on_finish`, to the log and to tests. Failures that a client cannot see are kept out of caches.

use std::{
    io,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, mpsc},
};

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{Request, StatusCode, Version},
    response::Response,
    routing::{any, get},
};
use downloadview::{
    Content, Download, DownloadRequest, Failure, Outcome, download_view, testing::assert_download,
};
use futures::{FutureExt, stream};
use tests::{
    call::{self, Answer},
    log::Log,
};
use tower::ServiceExt;

/// Sends a request to a handler that serves `download`, and returns the response and its outcome.
async fn send(
    download: impl Fn() -> Download + Clone + Send + Sync + 'static,
    method: &str,
    fields: &[(&str, &str)],
) -> (Answer, Outcome) {
    let (sender, receiver) = mpsc::channel();
    let handler = move |request: DownloadRequest| {
        let sender = sender.clone();
        let download = download().on_finish(move |outcome| sender.send(outcome).unwrap());
        async move { download.respond(&request).await }
    };
    let router = Router::new().route("/", any(handler));
    let answer = call::send(router, method, "/", fields).await;
    (answer, receiver.recv().expect("an outcome"))
}

fn file() -> Download {
    Download::new("0123456789").etag("v1")
}

fn upstream(status: u16, fields: &[(&'static str, &'static str)]) -> Download {
    let mut response = Response::builder().status(status);
    for (name, value) in fields {
        response = response.header(*name, *value);
    }
    Download::from_response(response.body(Body::from("0123456789")).unwrap())
}

type Make = fn() -> Download;

/// Sends a request and formats its outcome as the end, status, ranges, size and number of bytes.
async fn outcome_of(download: fn() -> Download, method: &str, fields: &[(&str, &str)]) -> String {
    let (answer, outcome) = send(download, method, fields).await;
    let status = outcome.status.expect("a status").as_u16();
    assert_eq!(status, answer.status);
    assert_eq!(outcome.view, "Download");
    let (ranges, size) = (&outcome.ranges, outcome.size);
    format!(
        "{:?} {status} {ranges:?} {size:?} {}",
        outcome.end, outcome.bytes
    )
}

#[tokio::test]
async fn an_outcome_contains_the_sent_part_of_the_file() {
    for (method, name, value, expected) in [
        ("GET", "X-None", "", "Completed 200 [] Some(10) 10"),
        (
            "GET",
            "Range",
            "bytes=2-5",
            "Completed 206 [2..6] Some(10) 4",
        ),
        ("HEAD", "X-None", "", "NotSent 200 [] Some(10) 0"),
        ("HEAD", "Range", "bytes=2-5", "NotSent 200 [] Some(10) 0"),
        ("GET", "If-None-Match", "\"v1\"", "NotSent 304 [] None 0"),
        ("GET", "If-Match", "\"v2\"", "NotSent 412 [] None 0"),
        ("GET", "Range", "bytes=20-", "NotSent 416 [] Some(10) 0"),
    ] {
        let outcome = outcome_of(file, method, &[(name, value)]).await;
        assert_eq!(outcome, expected, "{method} {name}");
    }
}

#[tokio::test]
async fn an_outcome_reflects_the_response_of_an_upstream() {
    let cases: [(Make, &str, &str); 8] = [
        (
            || upstream(206, &[("Content-Range", "bytes 5-14/20")]),
            "GET",
            "Completed 206 [5..15] Some(20) 10",
        ),
        (
            || upstream(206, &[("Content-Type", "multipart/byteranges; boundary=X")]),
            "GET",
            "Completed 206 [] None 10",
        ),
        (|| upstream(404, &[]), "GET", "Refused 404 [] None 0"),
        (|| upstream(409, &[]), "GET", "Refused 409 [] None 0"),
        (|| upstream(502, &[]), "HEAD", "Refused 502 [] None 0"),
        (|| upstream(302, &[]), "GET", "Refused 302 [] None 0"),
        (|| upstream(304, &[]), "GET", "NotSent 304 [] None 0"),
        (|| upstream(416, &[]), "GET", "NotSent 416 [] None 0"),
    ];
    for (download, method, expected) in cases {
        assert_eq!(outcome_of(download, method, &[]).await, expected);
    }
}

#[tokio::test]
async fn an_outcome_lists_all_ranges_that_are_sent() {
    let fields = [("Range", "bytes=6-7,0-1")];
    let (answer, outcome) = send(file, "GET", &fields).await;
    assert_eq!(outcome.ranges, [6..8, 0..2]);
    assert_eq!(outcome.bytes, answer.body.len() as u64);
}

#[tokio::test]
async fn error_responses_of_a_view_are_reported_as_refused_with_their_status() {
    type OutcomeSender = mpsc::Sender<Outcome>;
    #[download_view(on_finish = |outcome| sender.send(outcome).unwrap())]
    async fn missing(State(sender): State<OutcomeSender>) -> Option<String> {
        drop(sender);
        None
    }
    #[download_view(on_finish = |outcome| sender.send(outcome).unwrap())]
    async fn conflict(State(sender): State<OutcomeSender>) -> Result<String, StatusCode> {
        drop(sender);
        Err(StatusCode::CONFLICT)
    }
    #[download_view(blocking, on_finish = |outcome| sender.send(outcome).unwrap())]
    fn forbidden(State(sender): State<OutcomeSender>) -> Result<String, StatusCode> {
        drop(sender);
        Err(StatusCode::FORBIDDEN)
    }
    let (sender, receiver) = mpsc::channel();
    let router = Router::new()
        .route("/404", any(missing))
        .route("/409", any(conflict))
        .route("/403", any(forbidden))
        .with_state(sender);
    for (status, view) in [(404, "missing"), (409, "conflict"), (403, "forbidden")] {
        for method in ["GET", "HEAD", "POST"] {
            call::send(router.clone(), method, &format!("/{status}"), &[]).await;
            let outcome = receiver.recv().unwrap();
            assert_eq!(format!("{:?}", outcome.end), "Refused", "{method} {status}");
            assert_eq!(outcome.status.map(|status| status.as_u16()), Some(status));
            assert!(outcome.view.ends_with(view), "{}", outcome.view);
        }
    }
}

#[tokio::test]
async fn a_panic_is_a_failure_for_every_method() {
    type OutcomeSender = mpsc::Sender<Outcome>;
    #[download_view(size = 5, etag = "v1", on_finish = |outcome| sender.send(outcome).unwrap())]
    async fn view(State(sender): State<OutcomeSender>) -> String {
        drop(sender);
        panic!("no paper")
    }
    #[download_view(on_finish = |outcome| sender.send(outcome).unwrap())]
    async fn unsized_view(State(sender): State<OutcomeSender>) -> String {
        drop(sender);
        panic!("no paper")
    }
    #[download_view(blocking, on_finish = |outcome| sender.send(outcome).unwrap())]
    fn blocking(State(sender): State<OutcomeSender>) -> String {
        drop(sender);
        panic!("no paper")
    }
    let (sender, receiver) = mpsc::channel();
    let router = Router::new()
        .route("/async", any(view))
        .route("/unsized", any(unsized_view))
        .route("/blocking", any(blocking))
        .with_state(sender);
    for (method, path) in [
        ("GET", "/async"),
        ("POST", "/async"),
        ("GET", "/unsized"),
        ("HEAD", "/unsized"),
        ("GET", "/blocking"),
        ("HEAD", "/blocking"),
    ] {
        let call = call::send(router.clone(), method, path, &[]);
        AssertUnwindSafe(call).catch_unwind().await.unwrap_err();
        let outcome = receiver.recv().unwrap();
        assert!(
            format!("{:?}", outcome.end).starts_with("Failed"),
            "{method} {path} {outcome:?}"
        );
        assert_eq!(outcome.status, None);
    }
}

#[tokio::test]
async fn the_failure_behind_a_500_is_in_its_extensions() {
    #[download_view]
    async fn failing() -> io::Result<String> {
        Err(io::Error::other("no paper"))
    }
    #[download_view(etag = Err::<&str, io::Error>(io::Error::other("no ink")))]
    async fn option() -> &'static str {
        "never"
    }
    let routes = Router::new()
        .route("/failing", get(failing))
        .route("/option", get(option))
        .route(
            "/stream",
            get(async |request: DownloadRequest| {
                let rows = stream::iter([Err::<String, _>(io::Error::other("no table"))]);
                Download::from_stream(rows).respond(&request).await
            }),
        )
        .route(
            "/setter",
            get(async |request: DownloadRequest| {
                Download::new("text").etag("\n").respond(&request).await
            }),
        );
    for (path, reason) in [
        ("/failing", "no paper"),
        ("/option", "no ink"),
        ("/stream", "no table"),
        ("/setter", "etag"),
    ] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = routes.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 500, "{path}");
        let failure: &Failure = response.extensions().get().expect("a failure");
        assert!(failure.to_string().contains(reason), "{failure}");
        assert_eq!(failure.clone().to_string(), failure.to_string());
        let text = axum::body::to_bytes(response.into_body(), 100)
            .await
            .unwrap();
        assert!(text.is_empty(), "{path}: the body must be empty");
    }
}

/// Returns the message of a failing assertion.
async fn message(test: impl Future<Output = ()>) -> String {
    let panic = AssertUnwindSafe(test).catch_unwind().await.unwrap_err();
    *panic.downcast::<String>().unwrap()
}

#[tokio::test]
async fn assertions_say_why_a_download_failed() {
    let rows = |rows: Vec<Result<String, io::Error>>| Download::from_stream(stream::iter(rows));
    let request = DownloadRequest::default();
    let failed = rows(vec![Err(io::Error::other("no such table"))]);
    let response = failed.respond(&request).await;
    let text = message(async {
        assert_download(response).await.status(200);
    });
    let text = text.await;
    assert!(text.contains("no such table"), "{text}");
    let aborted = rows(vec![
        Ok("row\n".repeat(50_000)),
        Err(io::Error::other("the database is gone")),
    ]);
    let response = aborted.respond(&request).await;
    let text = message(async {
        let _ = assert_download(response).await;
    });
    let text = text.await;
    assert!(text.contains("the database is gone"), "{text}");
    assert!(text.contains("200000 bytes"), "{text}");
    let short = Download::from_stream(stream::iter(["x".repeat(100_000)])).size(100_001);
    let response = short.respond(&request).await;
    let text = message(async {
        let _ = assert_download(response).await;
    });
    let text = text.await;
    assert!(text.contains("100000 of 100001"), "{text}");
}

/// Sends a request in an HTTP version and returns the response.
async fn send_in_version(version: Version, method: &str, download: fn() -> Download) -> Answer {
    let handler = move |request: DownloadRequest| async move { download().respond(&request).await };
    let request = Request::builder().method(method).uri("/").version(version);
    let router = Router::new().route("/", get(handler));
    call::send_request(router, request.body(Body::empty()).unwrap()).await
}

fn unsized_download() -> Download {
    Download::new(Content::from_stream(stream::iter(vec![
        "x".repeat(9_000);
        20
    ])))
}

#[tokio::test]
async fn caches_do_not_store_a_body_that_could_be_incomplete() {
    let cases: [(Make, &str); 11] = [
        (unsized_download, "no-store"),
        (
            || unsized_download().cache_control("public, max-age=60"),
            "no-store",
        ),
        (
            || unsized_download().cache_control("max-age=60"),
            "no-store",
        ),
        (
            || unsized_download().cache_control("private, max-age=60"),
            "private, max-age=60",
        ),
        (|| unsized_download().cache_control("No-Cache"), "No-Cache"),
        (|| unsized_download().cache_control("no-store"), "no-store"),
        (
            || unsized_download().cache_control("private=\"set-cookie\""),
            "no-store",
        ),
        (
            || unsized_download().cache_control("no-cache=\"a, private\", public"),
            "no-store",
        ),
        (|| unsized_download().cache_control("x-mine"), "no-store"),
        (
            || unsized_download().size(180_000).cache_control("public"),
            "public",
        ),
        (|| Download::new("short").cache_control("public"), "public"),
    ];
    for (download, expected) in cases {
        for version in [Version::HTTP_10, Version::HTTP_09] {
            let answer = send_in_version(version, "GET", download).await;
            assert_eq!(answer.field("cache-control"), expected);
        }
        let newer = send_in_version(Version::HTTP_11, "GET", download).await;
        let cache_control = newer.field("cache-control");
        assert!(
            cache_control != "no-store" || expected == "no-store",
            "{cache_control}"
        );
        let head = send_in_version(Version::HTTP_10, "HEAD", download).await;
        assert_eq!(head.status, 200);
    }
    let head = send_in_version(Version::HTTP_10, "HEAD", unsized_download).await;
    assert_eq!(head.field("cache-control"), "no-store");
}

#[tokio::test]
async fn other_caching_fields_are_removed_as_well() {
    let download = || {
        unsized_download()
            .cache_control("public")
            .header("Expires", "Thu, 01 Jan 2099 00:00:00 GMT")
            .header("X-Accel-Expires", "3600")
            .header("CDN-Cache-Control", "max-age=3600")
            .header("Surrogate-Control", "max-age=3600")
            .header("Edge-Control", "max-age=1h")
            .header("Vercel-CDN-Cache-Control", "max-age=3600")
            .header("X-LiteSpeed-Cache-Control", "public,max-age=3600")
    };
    let answer = send_in_version(Version::HTTP_10, "GET", download).await;
    for name in [
        "expires",
        "x-accel-expires",
        "cdn-cache-control",
        "surrogate-control",
        "edge-control",
        "vercel-cdn-cache-control",
        "x-litespeed-cache-control",
    ] {
        assert_eq!(answer.field(name), "", "{name}");
    }
    let answer = send_in_version(Version::HTTP_11, "GET", download).await;
    assert_eq!(answer.field("x-accel-expires"), "3600");
}

#[tokio::test]
async fn ranges_can_be_turned_off() {
    for (download, status) in [
        ((|| file().ranges(false)) as fn() -> Download, 200),
        (|| file().size(10).ranges(false), 200),
        (|| file().ranges(true), 206),
        (|| Download::new(file().ranges(false)), 200),
        (|| Download::new(file().ranges(false)).ranges(true), 206),
    ] {
        let (answer, _) = send(download, "GET", &[("Range", "bytes=0-1")]).await;
        assert_eq!(answer.status, status);
        let expected = if status == 206 { "bytes" } else { "none" };
        assert_eq!(answer.field("accept-ranges"), expected);
        let (head, _) = send(download, "HEAD", &[]).await;
        assert_eq!(head.field("accept-ranges"), expected);
        let (beyond, _) = send(download, "GET", &[("Range", "bytes=20-")]).await;
        assert_eq!(beyond.status, if status == 206 { 416 } else { 200 });
    }
}

#[tokio::test]
async fn text_of_unknown_encoding_has_no_charset() {
    let types: [(Make, &str); 6] = [
        (|| Download::new("text").no_charset(), "text/plain"),
        (
            || {
                Download::new(vec![0xe9])
                    .content_type("text/plain")
                    .no_charset()
            },
            "text/plain",
        ),
        (
            || Download::new(vec![0xe9]).basename("a.csv").no_charset(),
            "text/csv",
        ),
        (
            || {
                Download::new("text")
                    .content_type("text/html; charset=koi8-r")
                    .no_charset()
            },
            "text/html; charset=koi8-r",
        ),
        (
            || Download::new("text").charset("latin1").no_charset(),
            "text/plain",
        ),
        (
            || Download::new(Download::new("text").no_charset()).charset("latin1"),
            "text/plain; charset=latin1",
        ),
    ];
    for (download, expected) in types {
        let (answer, _) = send(download, "GET", &[]).await;
        assert_eq!(answer.field("content-type"), expected);
    }
}

#[tokio::test]
async fn the_outcome_has_no_status_if_the_client_leaves_before_the_response() {
    let (sender, receiver) = mpsc::channel::<Outcome>();
    let held = Arc::new(Mutex::new(Some(sender)));
    let handler = move |request: DownloadRequest| {
        let sender = held.lock().unwrap().take().unwrap();
        async move {
            let rows = stream::pending::<String>();
            let download = Download::from_stream(rows);
            let download = download.on_finish(move |outcome| sender.send(outcome).unwrap());
            download.respond(&request).await
        }
    };
    let router = Router::new().route("/", get(handler));
    let call = call::send(router, "GET", "/", &[]);
    let waited = tokio::time::timeout(std::time::Duration::from_millis(20), call).await;
    waited.unwrap_err();
    let outcome = receiver.recv().unwrap();
    assert_eq!(format!("{:?}", outcome.end), "ClientLeft");
    assert_eq!(outcome.status, None);
}

#[tokio::test]
async fn a_failure_that_the_client_cannot_see_is_logged_as_such() {
    let log = Log::start();
    let download = || {
        let rows = (0..20).map(|row| match row {
            19 => Err(io::Error::other("the database is gone")),
            _ => Ok("x".repeat(9_000)),
        });
        Download::from_stream(stream::iter(rows))
    };
    for (version, is_hidden) in [(Version::HTTP_10, true), (Version::HTTP_11, false)] {
        let handler =
            move |request: DownloadRequest| async move { download().respond(&request).await };
        let request = Request::get("/")
            .version(version)
            .body(Body::empty())
            .unwrap();
        let router = Router::new().route("/", get(handler));
        let response = router.oneshot(request).await.unwrap();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await;
        body.expect_err("the body fails visibly in this test");
        let lines = log.take();
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].contains("the database is gone"), "{lines:?}");
        assert_eq!(lines[0].contains("HTTP/1.0"), is_hidden, "{lines:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_leaves_while_a_blocking_function_runs_is_reported() {
    #[download_view(blocking, on_finish = |outcome| sender.send(outcome).unwrap())]
    fn slow(State(sender): State<mpsc::Sender<Outcome>>) -> String {
        drop(sender);
        std::thread::sleep(std::time::Duration::from_millis(200));
        panic!("after the client has left")
    }
    let (sender, receiver) = mpsc::channel();
    let router = Router::new().route("/", any(slow)).with_state(sender);
    let call = call::send(router, "GET", "/", &[]);
    let waited = tokio::time::timeout(std::time::Duration::from_millis(20), call).await;
    waited.unwrap_err();
    let outcome = receiver.recv().unwrap();
    assert_eq!(format!("{:?}", outcome.end), "ClientLeft");
    assert_eq!(outcome.status, None);
    assert!(outcome.view.ends_with("slow"), "{}", outcome.view);
}
