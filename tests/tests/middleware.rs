//! Middleware around a view: compression, CORS, timeouts and traces. `docs/middleware.md` is the guide.

use std::{
    io::Read,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    routing::get,
};
use downloadview::{Content, Download, DownloadRequest, End};
use flate2::read::GzDecoder;
use futures::{StreamExt, stream};
use tests::{
    http1, limited,
    message::{Answer, Framing, Request},
    multipart,
    server::Server,
};
use tower_http::{
    compression::{
        CompressionLayer,
        predicate::{DefaultPredicate, Predicate},
    },
    cors::CorsLayer,
    timeout::TimeoutLayer,
    trace::TraceLayer,
};

const SIZE: usize = 100_000;

fn text() -> String {
    "Hello world!\n".repeat(SIZE / 13)
}

/// Returns a router with `/file`, which can be resumed, and `/export`, which cannot.
fn router() -> Router {
    let file = |request: DownloadRequest| async move {
        let download = Download::new(text()).basename("file.txt").attachment();
        download.etag("v1").respond(&request).await
    };
    let export = |request: DownloadRequest| async move {
        let rows = stream::iter(0..SIZE / 13).then(|row| async move {
            if row % 1000 == 0 {
                tokio::task::yield_now().await;
            }
            "Hello world!\n"
        });
        Download::new(Content::from_stream(rows))
            .basename("export.txt")
            .respond(&request)
            .await
    };
    Router::new()
        .route("/file", get(file))
        .route("/export", get(export))
}

async fn send(router: Router, request: Request) -> Answer {
    let server = Server::start(router).await;
    http1::Connection::open(&server)
        .await
        .exchange(&request)
        .await
}

fn request_gzip(path: &str) -> Request {
    Request::get(path).field("Accept-Encoding", "gzip")
}

fn decompress(answer: &Answer) -> String {
    assert_eq!(answer.field("content-encoding"), Some("gzip"));
    let mut text = String::new();
    GzDecoder::new(&answer.body[..])
        .read_to_string(&mut text)
        .expect("gzip");
    text
}

/// Returns the compression layer of the guide. It compresses only complete files that cannot be resumed.
fn compression() -> CompressionLayer<impl Predicate> {
    let may_be_compressed = |status: StatusCode, _, fields: &HeaderMap, _: &_| {
        let has_ranges = fields
            .get(header::ACCEPT_RANGES)
            .is_some_and(|ranges| ranges == "bytes");
        let has_strong_tag = fields
            .get(header::ETAG)
            .is_some_and(|tag| tag.as_bytes().starts_with(b"\""));
        status == StatusCode::OK && !has_ranges && !has_strong_tag
    };
    CompressionLayer::new().compress_when(DefaultPredicate::new().and(may_be_compressed))
}

#[tokio::test]
async fn a_generated_file_is_compressed() {
    limited(async {
        let answer = send(router().layer(compression()), request_gzip("/export")).await;
        assert_eq!((answer.status, answer.framing), (200, Framing::Chunked));
        assert_eq!(decompress(&answer), text());
        assert_eq!(answer.field("accept-ranges"), None);
        assert_eq!(answer.field("etag"), None);
        assert_eq!(answer.field("vary"), Some("accept-encoding"));
        assert_eq!(
            answer.field("content-disposition"),
            Some("inline; filename=\"export.txt\"")
        );
    })
    .await;
}

#[tokio::test]
async fn a_resumable_file_and_its_parts_are_not_compressed() {
    limited(async {
        let whole = send(router().layer(compression()), request_gzip("/file")).await;
        assert_eq!((whole.status, whole.field("content-encoding")), (200, None));
        assert_eq!(
            (whole.field("etag"), whole.field("accept-ranges")),
            (Some("\"v1\""), Some("bytes"))
        );
        let request = request_gzip("/file")
            .range("bytes=50000-")
            .field("If-Range", "\"v1\"");
        let rest = send(router().layer(compression()), request).await;
        assert_eq!((rest.status, rest.field("content-encoding")), (206, None));
        assert_eq!(
            [&whole.body[..50_000], &rest.body].concat(),
            text().as_bytes()
        );
        let request = request_gzip("/file").range("bytes=0-99,200-299");
        let parts = send(router().layer(compression()), request).await;
        assert_eq!((parts.status, parts.field("content-encoding")), (206, None));
        assert_eq!(multipart::parts(&parts).expect("two parts").len(), 2);
    })
    .await;
}

#[tokio::test]
async fn compression_does_not_change_responses_without_a_body() {
    limited(async {
        for (request, status) in [
            (request_gzip("/file").field("If-None-Match", "\"v1\""), 304),
            (request_gzip("/file").field("If-Match", "\"v2\""), 412),
            (request_gzip("/file").range("bytes=999999-"), 416),
        ] {
            let answer = send(router().layer(compression()), request).await;
            assert_eq!(
                (answer.status, answer.field("content-encoding")),
                (status, None)
            );
            assert_eq!(answer.field("etag"), Some("\"v1\""));
        }
    })
    .await;
}

/// Shows why `CompressionLayer::new()` alone is not enough. This test fails when tower-http changes its behaviour.
#[tokio::test]
async fn the_default_compression_keeps_the_strong_tag_and_compresses_multipart_bodies() {
    limited(async {
        let bare = || router().layer(CompressionLayer::new());
        let whole = send(bare(), request_gzip("/file")).await;
        assert_eq!(decompress(&whole), text());
        assert_eq!(
            (whole.field("etag"), whole.field("accept-ranges")),
            (Some("\"v1\""), None)
        );
        let part = send(bare(), request_gzip("/file").range("bytes=0-99")).await;
        assert_eq!((part.status, part.field("content-encoding")), (206, None));
        let parts = send(bare(), request_gzip("/file").range("bytes=0-99,200-299")).await;
        assert_eq!(
            (parts.status, parts.field("content-encoding")),
            (206, Some("gzip"))
        );
        let unchanged = request_gzip("/file").field("If-None-Match", "\"v1\"");
        let unchanged = send(bare(), unchanged).await;
        assert_eq!(
            (unchanged.status, unchanged.field("content-encoding")),
            (304, Some("gzip"))
        );
    })
    .await;
}

#[tokio::test]
async fn a_script_of_another_origin_can_read_the_fields_that_cors_exposes() {
    limited(async {
        let cors = CorsLayer::new()
            .allow_origin(HeaderValue::from_static("https://app.example"))
            .allow_methods([Method::GET, Method::HEAD])
            .allow_headers([
                header::RANGE,
                header::IF_RANGE,
                header::IF_NONE_MATCH,
                header::IF_MATCH,
            ])
            .expose_headers([
                header::CONTENT_DISPOSITION,
                header::CONTENT_LENGTH,
                header::CONTENT_RANGE,
                header::ACCEPT_RANGES,
                header::ETAG,
            ]);
        let request = Request::get("/file")
            .range("bytes=0-99")
            .field("Origin", "https://app.example");
        let answer = send(router().layer(cors.clone()), request).await;
        assert_eq!(answer.status, 206);
        assert_eq!(
            answer.field("access-control-allow-origin"),
            Some("https://app.example")
        );
        let exposed = answer
            .field("access-control-expose-headers")
            .expect("exposed fields");
        for name in exposed.split(',') {
            assert!(answer.field(name.trim()).is_some(), "no {name}");
        }
        assert_eq!(exposed.split(',').count(), 5);
        let preflight = Request::new(Method::OPTIONS, "/file")
            .field("Origin", "https://app.example")
            .field("Access-Control-Request-Method", "GET")
            .field("Access-Control-Request-Headers", "range,if-range");
        let answer = send(router().layer(cors), preflight).await;
        let allowed = answer
            .field("access-control-allow-headers")
            .expect("allowed fields");
        assert!(allowed.contains("range") && allowed.contains("if-range"));
    })
    .await;
}

/// Returns a router with a timeout. `/never` produces no byte, and `/late` produces its second row after the timeout.
fn slow() -> Router {
    let never = |request: DownloadRequest| async move {
        Download::new(Content::from_stream(stream::pending::<String>()))
            .respond(&request)
            .await
    };
    let late = |request: DownloadRequest| async move {
        let rows = stream::iter(["first\n", "second\n"]).then(|row| async move {
            if row == "second\n" {
                tokio::time::sleep(Duration::from_millis(300)).await;
            }
            row
        });
        Download::new(Content::from_stream(rows))
            .respond(&request)
            .await
    };
    let timeout =
        TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, Duration::from_millis(200));
    Router::new()
        .route("/never", get(never))
        .route("/late", get(late))
        .layer(timeout)
}

#[tokio::test]
async fn a_timeout_applies_to_the_first_byte_and_not_to_the_body() {
    limited(async {
        let server = Server::start(slow()).await;
        let mut connection = http1::Connection::open(&server).await;
        assert_eq!(
            connection.exchange(&Request::get("/never")).await.status,
            504
        );
        let answer = connection.exchange(&Request::get("/late")).await;
        assert_eq!(
            (answer.status, &answer.body[..]),
            (200, &b"first\nsecond\n"[..])
        );
    })
    .await;
}

/// Tests the code from docs/middleware.md with a client that does not read.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn tcp_user_timeout_closes_the_socket_of_a_client_that_does_not_read() {
    use axum::serve::ListenerExt;
    use socket2::SockRef;

    let (sender, ended) = tokio::sync::oneshot::channel();
    let sender = Arc::new(Mutex::new(Some(sender)));
    let endless = async move |request: DownloadRequest| {
        let sender = sender.lock().unwrap().take().expect("one request");
        let download = Download::from_stream(stream::repeat("some bytes\n"));
        let download = download.send_timeout(Duration::MAX);
        let download = download.on_finish(move |outcome| drop(sender.send(outcome.end)));
        download.respond(&request).await
    };
    let router = Router::new().route("/", get(endless));
    limited(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let listener = listener.tap_io(|tcp| {
            let timeout = Some(Duration::from_secs(1));
            SockRef::from(&*tcp).set_tcp_user_timeout(timeout).unwrap();
        });
        let server = tokio::spawn(async move { axum::serve(listener, router).await });
        let mut client = std::net::TcpStream::connect(address).unwrap();
        std::io::Write::write_all(&mut client, &Request::get("/").to_http1()).unwrap();
        let end = ended.await.unwrap();
        assert!(matches!(end, End::ClientLeft), "{end:?}");
        server.abort();
    })
    .await;
}

#[tokio::test]
async fn traces_do_not_change_the_response() {
    limited(async {
        for request in [
            Request::get("/file"),
            Request::get("/export"),
            Request::head("/file"),
            Request::get("/file").range("bytes=5-9"),
            Request::get("/file").field("If-None-Match", "\"v1\""),
        ] {
            let bare = send(router(), request.clone()).await;
            let traced = send(router().layer(TraceLayer::new_for_http()), request).await;
            assert_eq!((traced.status, traced.framing), (bare.status, bare.framing));
            assert_eq!(traced.names(), bare.names());
            assert_eq!(traced.body, bare.body);
        }
    })
    .await;
}
