//! Conditional requests (RFC 9110 §13) for every kind of content.

use std::sync::Arc;

use axum::{Router, routing::get};
use downloadview::{Download, DownloadRequest};
use tests::{
    http1, http2,
    kinds::{Flavour, Kind, MODIFIED, Subject, modified, path, router, subjects},
    limited,
    message::{Answer, Framing, Request},
    server::Server,
};

const EARLIER: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
const LATER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";
const FUTURE: &str = "Fri, 31 Dec 9999 23:59:59 GMT";
const BEFORE_1970: &str = "Wed, 31 Dec 1969 23:59:59 GMT";

type Fields<'a> = &'a [(&'a str, &'a str)];

/// Requests for a file with the tag `"v1"` and the date [`MODIFIED`], with the expected status of each (§13.2.2).
const CASES: [(Fields<'_>, u16); 49] = [
    // If-None-Match uses the weak comparison.
    (&[("If-None-Match", "\"v1\"")], 304),
    (&[("If-None-Match", "W/\"v1\"")], 304),
    (&[("If-None-Match", "*")], 304),
    (&[("If-None-Match", "\"a\", \"v1\"")], 304),
    (&[("If-None-Match", ",\"a,v1\" ,, W/\"v1\",")], 304),
    (
        &[("If-None-Match", "\"a\""), ("If-None-Match", "\"v1\"")],
        304,
    ),
    (&[("If-None-Match", "\"v2\"")], 200),
    (&[("If-None-Match", "\"a,\\\"v1\"")], 200),
    (&[("If-None-Match", "")], 200),
    // If-Modified-Since accepts every date format and ignores fractions of a second.
    (&[("If-Modified-Since", MODIFIED)], 304),
    (
        &[("If-Modified-Since", "Sunday, 06-Nov-94 08:49:37 GMT")],
        304,
    ),
    (&[("If-Modified-Since", "Sun Nov  6 08:49:37 1994")], 304),
    (&[("If-Modified-Since", LATER)], 304),
    (&[("If-Modified-Since", FUTURE)], 304),
    (&[("If-Modified-Since", EARLIER)], 200),
    (&[("If-Modified-Since", BEFORE_1970)], 200),
    (&[("If-Modified-Since", "yesterday")], 200),
    (&[("If-Modified-Since", "0")], 200),
    // If-Modified-Since is ignored if there is an If-None-Match.
    (
        &[("If-None-Match", "\"v2\""), ("If-Modified-Since", MODIFIED)],
        200,
    ),
    (
        &[("If-None-Match", "\"v1\""), ("If-Modified-Since", EARLIER)],
        304,
    ),
    // If-Match uses the strong comparison.
    (&[("If-Match", "\"v1\"")], 200),
    (&[("If-Match", "*")], 200),
    (&[("If-Match", "\"a\", \"v1\"")], 200),
    (&[("If-Match", "\"a\""), ("If-Match", "\"v1\"")], 200),
    (&[("If-Match", "W/\"v1\"")], 412),
    (&[("If-Match", "\"v2\"")], 412),
    (&[("If-Match", "")], 412),
    // If-Unmodified-Since compares dates in the same way.
    (&[("If-Unmodified-Since", MODIFIED)], 200),
    (&[("If-Unmodified-Since", LATER)], 200),
    (&[("If-Unmodified-Since", FUTURE)], 200),
    (&[("If-Unmodified-Since", EARLIER)], 412),
    (&[("If-Unmodified-Since", BEFORE_1970)], 412),
    (&[("If-Unmodified-Since", "yesterday")], 200),
    // If-Unmodified-Since is ignored if there is an If-Match.
    (
        &[("If-Match", "\"v1\""), ("If-Unmodified-Since", EARLIER)],
        200,
    ),
    (
        &[("If-Match", "\"v2\""), ("If-Unmodified-Since", LATER)],
        412,
    ),
    // 412 takes precedence over 304.
    (&[("If-Match", "\"v2\""), ("If-None-Match", "\"v1\"")], 412),
    (&[("If-None-Match", "\"v1\""), ("If-Match", "\"v2\"")], 412),
    (&[("If-Match", "\"v1\""), ("If-None-Match", "\"v1\"")], 304),
    (
        &[("If-Match", "\"v1\""), ("If-Modified-Since", MODIFIED)],
        304,
    ),
    (
        &[
            ("If-Unmodified-Since", EARLIER),
            ("If-Modified-Since", MODIFIED),
        ],
        412,
    ),
    (
        &[
            ("If-Unmodified-Since", MODIFIED),
            ("If-Modified-Since", MODIFIED),
        ],
        304,
    ),
    (
        &[
            ("If-Unmodified-Since", EARLIER),
            ("If-None-Match", "\"v1\""),
        ],
        412,
    ),
    // Both take precedence over the range, regardless of If-Range.
    (&[("If-None-Match", "\"v1\""), ("Range", "bytes=0-4")], 304),
    (
        &[("If-None-Match", "\"v1\""), ("Range", "bytes=9999999-")],
        304,
    ),
    (
        &[
            ("If-None-Match", "\"v1\""),
            ("Range", "nonsense"),
            ("If-Range", "\"v2\""),
        ],
        304,
    ),
    (&[("If-Match", "\"v2\""), ("Range", "bytes=0-4")], 412),
    (&[("If-Match", "\"v2\""), ("Range", "bytes=9999999-")], 412),
    (&[("If-Match", "\"v1\""), ("Range", "bytes=9999999-")], 416),
    (
        &[
            ("If-None-Match", "\"v2\""),
            ("Range", "bytes=0-4"),
            ("If-Range", "\"v1\""),
        ],
        206,
    ),
];

fn with(request: Request, fields: Fields<'_>) -> Request {
    let add = |request: Request, (name, value): &(&str, &str)| request.field(name, *value);
    fields.iter().fold(request, add)
}

fn check(answer: &Answer, subject: &Subject, status: u16) {
    assert_eq!(answer.status, status);
    assert_eq!(answer.field("etag"), Some(&*subject.etag()));
    assert_eq!(answer.field("last-modified"), Some(MODIFIED));
    match status {
        200 => assert!(answer.body == subject.bytes),
        206 => assert!(answer.body == subject.bytes[..5]),
        _ => assert!(answer.body.is_empty()),
    }
    if status == 304 {
        let mut names = answer.names();
        names.retain(|name| *name != "accept-ranges");
        assert_eq!(names, ["etag", "last-modified", "x-content-type-options"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn conditions_are_evaluated_in_the_order_of_the_rfc_for_every_kind() {
    limited(async {
        let subjects = subjects(1000, 1);
        let server = Server::start(router(&subjects)).await;
        let mut one = http1::Connection::open(&server).await;
        let mut two = http2::Connection::open(&server).await;
        for subject in &subjects {
            for (fields, status) in CASES {
                let request = with(Request::get(path(Flavour::Resumable, subject.kind)), fields);
                subject.wait_until_idle().await;
                subject.probe.take();
                check(&one.exchange(&request).await, subject, status);
                check(&two.exchange(&request).await, subject, status);
                let (calls, produced, _) = subject.probe.take();
                let is_idle = (calls, produced) == (0, 0);
                assert!(
                    is_idle || matches!(status, 200 | 206),
                    "the content was used for {request:?}"
                );
            }
        }
    })
    .await;
}

#[tokio::test]
async fn head_evaluates_the_conditions_and_has_no_body() {
    limited(async {
        let subjects = subjects(1000, 1);
        let server = Server::start(router(&subjects)).await;
        let mut connection = http1::Connection::open(&server).await;
        for subject in &subjects {
            for (fields, status) in CASES {
                let request = with(
                    Request::head(path(Flavour::Resumable, subject.kind)),
                    fields,
                );
                let answer = connection.exchange(&request).await;
                let status = if [206, 416].contains(&status) {
                    200
                } else {
                    status
                };
                assert_eq!(
                    (answer.status, answer.framing),
                    (status, Framing::Absent),
                    "{request:?}"
                );
            }
            let (calls, ..) = subject.probe.take();
            assert_eq!(calls, 0, "{:?} was used", subject.kind);
        }
    })
    .await;
}

#[tokio::test]
async fn validators_of_the_content_are_used_in_conditions() {
    limited(async {
        let subjects = subjects(1000, 1);
        let server = Server::start(router(&subjects)).await;
        let mut connection = http1::Connection::open(&server).await;
        for subject in &subjects {
            let path = path(Flavour::Plain, subject.kind);
            let whole = connection.exchange(&Request::get(&*path)).await;
            let Some(etag) = whole.field("etag") else {
                assert!(
                    !subject.kind.is_memory()
                        && !subject.kind.is_file()
                        && !subject.kind.is_ready()
                );
                continue;
            };
            // This content may be in memory for one request and not for the next.
            if subject.kind.may_be_memory() {
                continue;
            }
            for (name, value, status) in [
                ("If-None-Match", etag, 304),
                ("If-None-Match", "\"other\"", 200),
                ("If-Match", etag, 200),
                ("If-Match", "\"other\"", 412),
            ] {
                let request = Request::get(&*path).field(name, value);
                let answer = connection.exchange(&request).await;
                assert_eq!(
                    answer.status, status,
                    "{name} {value} of {:?}",
                    subject.kind
                );
            }
        }
    })
    .await;
}

/// Returns a download with the fields that a 304 must contain and those that it must not contain.
fn download_with_many_fields() -> Download {
    Download::new("Hello world!\n")
        .basename("hello.txt")
        .attachment()
        .etag("v1")
        .last_modified(modified())
        .cache_control("private, max-age=60")
        .header("Vary", "Accept-Language")
        .header("Content-Location", "/hello.en.txt")
        .header("Expires", FUTURE)
        .header("Content-Language", "en")
        .header("X-Trace", "one")
        .header("X-Trace", "two")
}

async fn serve_download_with_many_fields() -> Server {
    let view = |request: DownloadRequest| async move {
        download_with_many_fields().respond(&request).await
    };
    Server::start(Router::new().route("/", get(view))).await
}

#[tokio::test]
async fn a_304_has_the_fields_of_the_200_except_those_about_the_content() {
    limited(async {
        let server = serve_download_with_many_fields().await;
        let mut connection = http1::Connection::open(&server).await;
        let whole = connection.exchange(&Request::get("/")).await;
        let request = Request::get("/").field("If-None-Match", "\"v1\"");
        let unchanged = connection.exchange(&request).await;
        assert_eq!((whole.status, unchanged.status), (200, 304));
        for name in [
            "etag",
            "last-modified",
            "cache-control",
            "vary",
            "content-location",
            "expires",
        ] {
            assert!(unchanged.field(name).is_some(), "no {name}");
            assert_eq!(unchanged.field(name), whole.field(name));
        }
        assert_eq!(unchanged.all("x-trace").collect::<Vec<_>>(), ["one", "two"]);
        for name in [
            "content-length",
            "content-type",
            "content-disposition",
            "content-language",
        ] {
            assert!(whole.field(name).is_some(), "no {name}");
            assert_eq!(unchanged.field(name), None);
        }
        assert_eq!(unchanged.field("transfer-encoding"), None);
    })
    .await;
}

#[tokio::test]
async fn the_next_response_follows_directly_after_one_without_a_body() {
    limited(async {
        let server = serve_download_with_many_fields().await;
        let mut connection = http1::Connection::open(&server).await;
        let unchanged = Request::get("/").field("If-None-Match", "\"v1\"");
        let failed = Request::get("/").field("If-Match", "\"v2\"");
        let beyond = Request::get("/").range("bytes=99-");
        let part = Request::get("/").range("bytes=6-10");
        let requests = [
            unchanged,
            failed,
            beyond,
            Request::head("/"),
            part,
            Request::get("/"),
        ];
        let pipelined: Vec<_> = requests.iter().flat_map(Request::to_http1).collect();
        connection.write(&pipelined).await.expect("a connection");
        for (request, expected) in requests.iter().zip([
            (304, ""),
            (412, ""),
            (416, ""),
            (200, ""),
            (206, "world"),
            (200, "Hello world!\n"),
        ]) {
            let answer = connection
                .read_answer(&request.method)
                .await
                .expect("an answer");
            let body = std::str::from_utf8(&answer.body).expect("text");
            assert_eq!((answer.status, body), expected);
        }
    })
    .await;
}

#[tokio::test]
async fn a_date_in_the_future_is_sent_as_now_but_compared_unchanged() {
    limited(async {
        let subject = Arc::new(Subject::new(Kind::Text, 100, 1));
        let view = move |request: DownloadRequest| async move {
            let tomorrow = std::time::SystemTime::now() + std::time::Duration::from_secs(86_400);
            subject
                .plain()
                .last_modified(tomorrow)
                .respond(&request)
                .await
        };
        let server = Server::start(Router::new().route("/", get(view))).await;
        let mut connection = http1::Connection::open(&server).await;
        let answer = connection.exchange(&Request::get("/")).await;
        let (sent, now) = (answer.field("last-modified"), answer.field("date"));
        assert!(sent.is_some() && now.is_some());
        let again = Request::get("/").field("If-Modified-Since", sent.unwrap());
        assert_eq!(connection.exchange(&again).await.status, 200);
        let part = Request::get("/")
            .range("bytes=0-4")
            .field("If-Range", sent.unwrap());
        assert_eq!(connection.exchange(&part).await.status, 200);
    })
    .await;
}
