//! GET and HEAD requests for every kind of content: exact bytes and correct header fields.

use std::{
    io::{Cursor, Read},
    sync::Arc,
};

use axum::{
    Json, Router,
    body::Body,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use downloadview::{Content, Download, DownloadRequest};
use futures::stream;
use tests::{
    http1, http2,
    kinds::{Flavour, Kind, MODIFIED, Subject, path, router, subjects},
    limited,
    message::{Answer, Framing, Request},
    server::Server,
};
use tokio::io::AsyncWriteExt;

/// The sizes of an empty file, a tiny one, one of about one frame, and one of several frames.
const SIZES: [usize; 4] = [0, 1, 5_000, 300_000];

fn check_content_type(answer: &Answer, subject: &Subject, flavour: Flavour) {
    let expected = match (subject.kind, flavour) {
        (Kind::Response, _) => Some("application/x-kind"),
        (Kind::Text, Flavour::Plain) => Some("text/plain; charset=utf-8"),
        _ => Some("application/octet-stream"),
    };
    assert_eq!(answer.field("content-type"), expected, "{subject:?}");
    assert_eq!(answer.field("x-content-type-options"), Some("nosniff"));
}

/// Asserts that a download without options sends exactly the fields that are known from the content.
fn check_plain(answer: &Answer, subject: &Subject) {
    let (kind, size) = (subject.kind, subject.bytes.len());
    // A source of a single chunk ends without being pending again.
    let in_memory = kind.is_memory()
        || kind == Kind::Response
        || size <= 1
        || (kind.is_ready() && size <= 60_000);
    let is_known = match kind {
        kind if kind.may_be_memory() => answer.content_length().is_some(),
        kind => kind.is_seekable() || in_memory,
    };
    let framing = if is_known {
        Framing::Length(size as u64)
    } else {
        Framing::Chunked
    };
    assert_eq!(answer.framing, framing, "{kind:?} of {size}");
    let is_tagged = is_known && !kind.is_seekable_source();
    let ranges = if is_tagged { "bytes" } else { "none" };
    assert_eq!(
        answer.field("accept-ranges"),
        Some(ranges),
        "{kind:?} of {size}"
    );
    assert_eq!(
        answer.field("etag").is_some(),
        is_tagged,
        "{kind:?} of {size}"
    );
    assert_eq!(
        answer.field("last-modified"),
        kind.is_file().then_some(MODIFIED)
    );
    assert_eq!(answer.field("content-disposition"), None);
}

fn check_resumable(answer: &Answer, subject: &Subject) {
    let name = subject.kind.name();
    assert_eq!(
        answer.content_length(),
        Some(subject.bytes.len() as u64),
        "{name}"
    );
    assert_eq!(answer.field("accept-ranges"), Some("bytes"), "{name}");
    assert_eq!(answer.field("etag"), Some(&*subject.etag()), "{name}");
    assert_eq!(answer.field("last-modified"), Some(MODIFIED), "{name}");
    let disposition = format!("attachment; filename=\"{name}.bin\"");
    assert_eq!(answer.field("content-disposition"), Some(&*disposition));
}

fn check_get(answer: &Answer, subject: &Subject, flavour: Flavour) {
    assert_eq!(answer.status, 200, "{subject:?}");
    assert!(
        answer.body == subject.bytes,
        "the bytes of {:?} differ",
        subject.kind
    );
    check_content_type(answer, subject, flavour);
    match flavour {
        Flavour::Plain => check_plain(answer, subject),
        Flavour::Resumable => check_resumable(answer, subject),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn get_sends_exact_bytes_and_correct_fields() {
    limited(async {
        for size in SIZES {
            let subjects = subjects(size, 1);
            let server = Server::start(router(&subjects)).await;
            let mut connection = http1::Connection::open(&server).await;
            for subject in &subjects {
                for flavour in Flavour::ALL {
                    let request = Request::get(path(flavour, subject.kind));
                    let answer = connection.exchange(&request).await;
                    check_get(&answer, subject, flavour);
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn get_is_the_same_on_a_current_thread_runtime() {
    limited(async {
        let subjects = subjects(300_000, 1);
        let server = Server::start(router(&subjects)).await;
        let mut connection = http1::Connection::open(&server).await;
        for subject in &subjects {
            let request = Request::get(path(Flavour::Resumable, subject.kind));
            let answer = connection.exchange(&request).await;
            check_get(&answer, subject, Flavour::Resumable);
        }
    })
    .await;
}

#[tokio::test]
async fn get_is_the_same_over_http2() {
    limited(async {
        let subjects = subjects(300_000, 1);
        let server = Server::start(router(&subjects)).await;
        let mut connection = http2::Connection::open(&server).await;
        for subject in &subjects {
            for flavour in Flavour::ALL {
                let request = Request::get(path(flavour, subject.kind));
                let mut answer = connection.exchange(&request).await;
                answer.framing = match answer.content_length() {
                    Some(length) => Framing::Length(length),
                    None => Framing::Chunked,
                };
                check_get(&answer, subject, flavour);
            }
        }
    })
    .await;
}

/// Returns the names and values of all fields except those of the connection.
fn head(answer: &Answer) -> Vec<(&str, &str)> {
    let names = answer.names();
    let value = |name| (name, answer.field(name).expect("one value"));
    names.into_iter().map(value).collect()
}

/// Returns the fields of a GET response that HEAD must send, too. It omits those that depend on the content.
fn head_without_content(answer: &Answer, kind: Kind) -> Vec<(&str, &str)> {
    let depends_on_content = |name: &str| match name {
        "accept-ranges" | "etag" => !kind.is_seekable(),
        // A handler may respond to HEAD itself, with an empty body.
        "content-length" => !kind.has_size() || (kind == Kind::Response && answer.body.is_empty()),
        _ => false,
    };
    let mut fields = head(answer);
    fields.retain(|(name, _)| !depends_on_content(name));
    fields
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn head_has_the_fields_of_get_and_does_not_use_the_content() {
    limited(async {
        for size in SIZES {
            let subjects = subjects(size, 1);
            let server = Server::start(router(&subjects)).await;
            let mut connection = http1::Connection::open(&server).await;
            for subject in &subjects {
                check_head(&mut connection, subject).await;
            }
        }
    })
    .await;
}

async fn check_head(connection: &mut http1::Connection, subject: &Subject) {
    let kind = subject.kind;
    for flavour in Flavour::ALL {
        let path = path(flavour, kind);
        let of_get = connection.exchange(&Request::get(&*path)).await;
        subject.wait_until_idle().await;
        subject.probe.take();
        let of_head = connection.exchange(&Request::head(&*path)).await;
        let (calls, produced, _) = subject.probe.take();
        assert_eq!((calls, produced), (0, 0), "{kind:?} was used");
        assert_eq!((of_head.status, of_head.framing), (200, Framing::Absent));
        let expected = match flavour {
            Flavour::Plain => head_without_content(&of_get, kind),
            Flavour::Resumable => head(&of_get),
        };
        assert_eq!(head(&of_head), expected, "{kind:?} {flavour:?}");
    }
}

#[tokio::test]
async fn head_is_the_same_over_http2() {
    limited(async {
        let subjects = subjects(5_000, 1);
        let server = Server::start(router(&subjects)).await;
        let mut one = http1::Connection::open(&server).await;
        let mut two = http2::Connection::open(&server).await;
        for subject in &subjects {
            for flavour in Flavour::ALL {
                let request = Request::head(path(flavour, subject.kind));
                let (one, two) = (one.exchange(&request).await, two.exchange(&request).await);
                assert_eq!((two.status, two.body.len()), (200, 0));
                assert_eq!(head(&one), head(&two), "{:?} {flavour:?}", subject.kind);
            }
        }
    })
    .await;
}

/// Returns the response of `view` to a request for `/`.
async fn answer<F, R>(view: F, request: Request) -> Answer
where
    F: Fn() -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Download> + Send + 'static,
{
    let view = move |request: DownloadRequest| async move { view().await.respond(&request).await };
    let server = Server::start(Router::new().route("/", get(view))).await;
    http1::Connection::open(&server)
        .await
        .exchange(&request)
        .await
}

#[tokio::test]
async fn an_async_file_with_a_pending_write_is_served_with_the_written_bytes() {
    limited(async {
        let subject = Arc::new(Subject::new(Kind::File, 100, 1));
        let bytes = subject.bytes.clone();
        let view = move || {
            let file = subject.file_to_write();
            async move {
                let mut file = tokio::fs::File::from_std(file);
                file.write_all(&vec![b'x'; 50_000])
                    .await
                    .expect("the file should be writable");
                Download::new(file)
            }
        };
        let answer = answer(view, Request::get("/")).await;
        assert_eq!(answer.content_length(), Some(50_100));
        assert!(answer.body == [&bytes[..], &vec![b'x'; 50_000]].concat());
    })
    .await;
}

#[tokio::test]
async fn a_generated_archive_can_be_unpacked() {
    limited(async {
        let subject = Arc::new(Subject::new(Kind::Zip, 300_000, 1));
        let view = move || std::future::ready(subject.plain());
        let answer = answer(view, Request::get("/")).await;
        let mut archive = zip::ZipArchive::new(Cursor::new(answer.body)).expect("an archive");
        let mut unpacked = Vec::new();
        let mut file = archive.by_name("pattern.txt").expect("the file");
        file.read_to_end(&mut unpacked).expect("its bytes");
        assert!(unpacked == tests::kinds::pattern(300_000, 1));
    })
    .await;
}

#[tokio::test]
async fn a_generated_table_can_be_parsed() {
    limited(async {
        let subject = Arc::new(Subject::new(Kind::Csv, 300_000, 1));
        let view = move || std::future::ready(subject.plain());
        let answer = answer(view, Request::get("/")).await;
        let mut table = csv::Reader::from_reader(&answer.body[..]);
        let rows: Vec<_> = table.records().map(|row| row.expect("a row")).collect();
        assert_eq!(rows.len(), 300_000 / 32);
        assert_eq!(&rows[7][2], "said \"yes, please\"");
    })
    .await;
}

#[tokio::test]
async fn an_encoded_response_keeps_its_fields_and_has_no_ranges() {
    limited(async {
        for range in [None, Some("bytes=0-1")] {
            let view = || {
                let fields = [(header::CONTENT_ENCODING, "gzip"), (header::ETAG, "\"gz\"")];
                std::future::ready(Download::new(Content::from_response((fields, "zipped"))))
            };
            let request = range.into_iter().fold(Request::get("/"), Request::range);
            let answer = answer(view, request).await;
            assert_eq!((answer.status, &answer.body[..]), (200, &b"zipped"[..]));
            assert_eq!(answer.field("content-encoding"), Some("gzip"));
            assert_eq!(answer.field("etag"), Some("\"gz\""));
            assert_eq!(answer.field("accept-ranges"), Some("none"));
            assert_eq!(answer.content_length(), Some(6));
        }
    })
    .await;
}

#[tokio::test]
async fn a_response_that_is_not_200_is_unchanged() {
    limited(async {
        let view = || {
            let response = (StatusCode::NOT_FOUND, Json(["nothing", "here"]));
            let download = Download::new(Content::from_response(response));
            std::future::ready(download.basename("report.csv").attachment().etag("v1"))
        };
        let answer = answer(view, Request::get("/").range("bytes=0-1")).await;
        assert_eq!(
            (answer.status, &answer.body[..]),
            (404, &br#"["nothing","here"]"#[..])
        );
        assert_eq!(answer.names(), ["content-length", "content-type"]);
    })
    .await;
}

#[tokio::test]
async fn a_proxied_response_keeps_its_fields() {
    limited(async {
        let view = || {
            let body = Body::from_stream(stream::iter([
                Ok::<_, std::io::Error>("Hello "),
                Ok("world!"),
            ]));
            let fields = [
                (header::CONTENT_TYPE, "text/x-hello"),
                (header::CONTENT_LENGTH, "12"),
                (header::LAST_MODIFIED, MODIFIED),
                (header::VARY, "Accept-Language"),
            ];
            let response = (fields, body).into_response();
            std::future::ready(
                Download::new(Content::from_response(response)).basename("hello.txt"),
            )
        };
        let answer = answer(view, Request::get("/")).await;
        assert_eq!(&answer.body[..], b"Hello world!");
        assert_eq!(answer.field("content-type"), Some("text/x-hello"));
        assert_eq!(answer.field("last-modified"), Some(MODIFIED));
        assert_eq!(answer.field("vary"), Some("Accept-Language"));
        assert_eq!(
            answer.field("content-disposition"),
            Some("inline; filename=\"hello.txt\"")
        );
        assert_eq!(answer.content_length(), Some(12));
    })
    .await;
}

#[tokio::test]
async fn a_response_keeps_its_cache_control_lines_unless_the_option_is_set() {
    let fields = [("cache-control", "private"), ("cache-control", "no-store")];
    let own = || Download::from_response((axum::response::AppendHeaders(fields), "text"));
    for (download, expected) in [
        (own(), &["private", "no-store"][..]),
        (
            own().cache_control("public, max-age=60"),
            &["public, max-age=60"],
        ),
    ] {
        let response = download.respond(&DownloadRequest::default()).await;
        let lines: Vec<_> = response.headers().get_all("cache-control").iter().collect();
        assert_eq!(lines, expected);
    }
}

#[tokio::test]
async fn a_charset_applies_to_text_without_a_name() {
    let download = Download::new("text").charset("iso-8859-1");
    let response = download.respond(&DownloadRequest::default()).await;
    assert_eq!(
        response.headers()["content-type"],
        "text/plain; charset=iso-8859-1"
    );
}

#[tokio::test]
async fn an_empty_response_to_head_has_no_length() {
    let request = axum::http::Request::head("/").body(()).expect("a request");
    let request = DownloadRequest::from_parts(&request.into_parts().0);
    let response = Download::from_response(()).respond(&request).await;
    assert!(!response.headers().contains_key("content-length"));
}
