//! Responses of an upstream: which fields are kept, and which are replaced by options of the view.

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use downloadview::{Content, Download, DownloadRequest, Metadata, download_view};
use tests::{
    call::{self, Answer},
    upstream::{send, upstream},
};
use tower::ServiceExt;

const MESSAGE_FIELDS: [(&str, &str); 8] = [
    ("Content-Digest", "sha-256=:AAAA:"),
    ("Content-MD5", "Q2hlY2sgSW50ZWdyaXR5IQ=="),
    ("x-amz-checksum-crc32", "AAAA"),
    ("X-Amz-Checksum-SHA256", "AAAA"),
    ("x-ms-content-crc64", "AAAA"),
    ("x-goog-hash", "crc32c=AAAA"),
    ("Signature", "a=:AAAA:"),
    ("Signature-Input", "a=(\"content-digest\")"),
];

fn assert_absent(answer: &Answer, fields: &[(&str, &str)]) {
    for (name, _) in fields {
        assert!(
            !answer.headers.contains_key(*name),
            "{name} in {}: {:?}",
            answer.status,
            answer.headers
        );
    }
}

#[tokio::test]
async fn fields_about_the_whole_content_are_only_sent_with_the_whole_content() {
    let built = || {
        let download = Download::new("0123456789").etag("v1");
        MESSAGE_FIELDS.iter().fold(
            download.header("Repr-Digest", "sha-256=:AAAA:"),
            |download, (name, value)| download.header(*name, *value),
        )
    };
    let proxied = || {
        let mut fields = MESSAGE_FIELDS.to_vec();
        fields.extend([("ETag", "\"v1\""), ("Repr-Digest", "sha-256=:AAAA:")]);
        Download::from_response(upstream(200, &fields))
            .etag("v1")
            .size(10)
    };
    for download in [built as fn() -> Download, proxied] {
        let whole = send(download, &[]).await;
        for (name, value) in MESSAGE_FIELDS {
            assert_eq!((whole.status, whole.field(name)), (200, value), "{name}");
        }
        for (fields, status) in [
            (("Range", "bytes=0-1"), 206),
            (("Range", "bytes=0-1,5-6"), 206),
            (("If-None-Match", "\"v1\""), 304),
            (("If-Match", "\"v2\""), 412),
            (("Range", "bytes=20-"), 416),
        ] {
            let answer = send(download, &[fields]).await;
            assert_eq!(answer.status, status, "{fields:?}");
            assert_absent(&answer, &MESSAGE_FIELDS);
            let has_repr = answer.headers.contains_key("Repr-Digest");
            assert_eq!(has_repr, status < 400, "{status}");
        }
    }
}

#[tokio::test]
async fn a_response_to_head_has_no_content_digest() {
    let handler = async |request: DownloadRequest| {
        let download = Download::new("0123456789").header("Content-Digest", "sha-256=:AAAA:");
        download.respond(&request).await
    };
    let router = Router::new().route("/", get(handler));
    let answer = call::send(router, "HEAD", "/", &[]).await;
    assert_eq!((answer.status, answer.field("content-digest")), (200, ""));
}

#[tokio::test]
async fn connection_fields_of_an_upstream_are_not_forwarded() {
    let fields = [
        ("Connection", "close, X-Hop"),
        ("Connection", "keep-alive, \"quoted\", X-Other"),
        ("Keep-Alive", "timeout=5"),
        ("Proxy-Connection", "close"),
        ("TE", "trailers"),
        ("Trailer", "Expires"),
        ("Upgrade", "h2c"),
        ("X-Hop", "1"),
        ("X-Other", "1"),
    ];
    for status in [200, 206, 404, 503] {
        let mut all = fields.to_vec();
        all.push(("X-Stays", "1"));
        if status == 206 {
            all.push(("Content-Range", "bytes 0-9/20"));
        }
        let answer = send(move || Download::from_response(upstream(status, &all)), &[]).await;
        assert_eq!((answer.status, answer.field("x-stays")), (status, "1"));
        assert_absent(&answer, &fields);
    }
}

#[tokio::test]
async fn connection_fields_of_an_upstream_that_an_option_returns_are_not_forwarded() {
    type Refusal = (StatusCode, [(&'static str, &'static str); 3]);
    fn look_up() -> Result<String, Refusal> {
        let fields = [
            ("Connection", "close, X-Hop"),
            ("X-Hop", "1"),
            ("X-Stays", "1"),
        ];
        Err((StatusCode::SERVICE_UNAVAILABLE, fields))
    }
    #[download_view(etag = look_up())]
    async fn view() -> &'static str {
        "not reached"
    }
    let answer = call::get(view).await;
    assert_eq!((answer.status, answer.field("x-stays")), (503, "1"));
    assert_absent(&answer, &[("Connection", ""), ("X-Hop", "")]);
}

#[tokio::test]
async fn an_error_response_of_a_view_keeps_its_fields() {
    #[download_view]
    async fn refused() -> Result<String, (StatusCode, [(&'static str, &'static str); 2])> {
        let fields = [("WWW-Authenticate", "Basic"), ("Connection", "close")];
        Err((StatusCode::UNAUTHORIZED, fields))
    }
    let answer = call::get(refused).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.field("www-authenticate"), "Basic");
}

/// Creates a response with fields that a view should replace.
fn malicious_response() -> Response {
    upstream(
        200,
        &[
            ("Content-Disposition", "inline; filename=\"evil.html\""),
            ("Content-Type", "text/html"),
            ("Cache-Control", "public, max-age=3600"),
            ("Expires", "Thu, 01 Jan 2099 00:00:00 GMT"),
            ("CDN-Cache-Control", "public, max-age=3600"),
            ("Surrogate-Control", "max-age=3600"),
            ("X-Accel-Expires", "3600"),
            ("Vary", "Accept-Encoding"),
            ("Set-Cookie", "a=1"),
            ("X-Kind", "upstream"),
            ("ETag", "\"upstream\""),
        ],
    )
}

#[download_view(
    basename = "safe.txt",
    attachment,
    content_type = "text/plain",
    cache_control = "private",
    header("X-Kind", "view"),
    header("Vary", "Cookie"),
    header("Set-Cookie", "b=2"),
    etag = "view"
)]
async fn attribute() -> Response {
    malicious_response()
}

#[tokio::test]
async fn options_of_a_view_take_precedence_over_fields_of_a_response() {
    let built = async |request: DownloadRequest| {
        let download = Download::from_response(malicious_response())
            .basename("safe.txt")
            .attachment()
            .content_type("text/plain")
            .cache_control("private")
            .header("X-Kind", "view")
            .header("Vary", "Cookie")
            .header("Set-Cookie", "b=2")
            .etag("view");
        download.respond(&request).await
    };
    for answer in [call::get(attribute).await, call::get(built).await] {
        let values_of = |name: &str| {
            let values = answer.headers.get_all(name).iter();
            values
                .map(|value| value.to_str().unwrap())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            values_of("content-disposition"),
            ["attachment; filename=\"safe.txt\""]
        );
        assert_eq!(values_of("content-type"), ["text/plain; charset=utf-8"]);
        assert_eq!(values_of("cache-control"), ["private"]);
        assert_eq!(values_of("x-kind"), ["view"]);
        assert_eq!(values_of("etag"), ["\"view\""]);
        for field in [
            "expires",
            "cdn-cache-control",
            "surrogate-control",
            "x-accel-expires",
        ] {
            assert!(values_of(field).is_empty(), "{field}");
        }
        let sorted = |name| {
            let mut values = values_of(name);
            values.sort_unstable();
            values
        };
        assert_eq!(sorted("vary"), ["Accept-Encoding", "Cookie"]);
        assert_eq!(sorted("set-cookie"), ["a=1", "b=2"]);
    }
}

/// Serves a response with this disposition and one option, and returns the disposition that is sent.
async fn sent_disposition(setting: &'static str, disposition: &'static str) -> String {
    let download = move || {
        let fields = [("Content-Disposition", disposition)];
        let download = Download::from_response(upstream(200, &fields));
        match setting {
            "attachment" => download.attachment(),
            "inline" => download.inline(),
            "basename" => download.basename("b.txt"),
            "header" => download.header("Content-Disposition", "attachment; filename=c"),
            _ => download,
        }
    };
    let answer = send(download, &[]).await;
    answer.field("content-disposition").to_owned()
}

#[tokio::test]
async fn a_partly_set_disposition_is_completed_from_the_response() {
    for (setting, disposition, expected) in [
        (
            "attachment",
            "inline; filename=\"a b.html\"",
            "attachment; filename=\"a b.html\"",
        ),
        ("attachment", "inline", "attachment"),
        (
            "inline",
            "attachment; filename=a.txt",
            "inline; filename=\"a.txt\"",
        ),
        (
            "basename",
            "attachment; filename=a.txt",
            "attachment; filename=\"b.txt\"",
        ),
        ("basename", "ATTACHMENT", "attachment; filename=\"b.txt\""),
        ("basename", "inline", "inline; filename=\"b.txt\""),
        (
            "nothing",
            "Inline; filename=a.txt",
            "Inline; filename=a.txt",
        ),
        ("header", "inline; filename=a.txt", "attachment; filename=c"),
    ] {
        let sent = sent_disposition(setting, disposition).await;
        assert_eq!(sent, expected, "{setting} over {disposition}");
    }
    let extended = sent_disposition("attachment", "inline; filename*=UTF-8''%e2%82%ac.txt").await;
    assert_eq!(
        extended,
        "attachment; filename=\"EUR.txt\"; filename*=UTF-8''%E2%82%AC.txt"
    );
}

#[tokio::test]
async fn options_of_a_download_take_precedence_over_the_attribute() {
    #[download_view(
        basename = "attribute.csv",
        attachment,
        cache_control = "public",
        header("X-Kind", "attribute"),
        header("X-Attribute", "1")
    )]
    async fn view() -> Download {
        Download::new("1,2\n")
            .basename("download.txt")
            .inline()
            .cache_control("private")
            .header("X-Kind", "download")
    }
    let answer = call::get(view).await;
    assert_eq!(
        answer.field("content-disposition"),
        "inline; filename=\"download.txt\""
    );
    assert_eq!(answer.field("cache-control"), "private");
    assert_eq!(answer.field("x-kind"), "download");
    assert_eq!(answer.field("x-attribute"), "1");
}

#[tokio::test]
async fn an_outer_download_takes_precedence_over_an_inner_one() {
    let download = || {
        let inner = Download::new("0123456789")
            .basename("inner.txt")
            .etag("inner");
        Download::new(inner).basename("outer.txt").attachment()
    };
    let answer = send(download, &[]).await;
    assert_eq!(
        answer.field("content-disposition"),
        "attachment; filename=\"outer.txt\""
    );
    assert_eq!(answer.field("etag"), "\"inner\"");
}

#[tokio::test]
async fn encodings_and_multipart_types_of_a_response_are_never_replaced() {
    let download = || {
        let fields = [
            ("Content-Encoding", "gzip"),
            ("Content-Type", "multipart/mixed; boundary=X"),
        ];
        Download::from_response(upstream(200, &fields))
            .content_type("text/plain")
            .header("Content-Encoding", "br")
    };
    let answer = send(download, &[]).await;
    assert_eq!(answer.field("content-encoding"), "gzip");
    assert_eq!(answer.field("content-type"), "multipart/mixed; boundary=X");
}

#[tokio::test]
async fn metadata_of_a_manual_view_takes_precedence_over_its_response() {
    #[derive(Clone)]
    struct View;
    impl downloadview::DownloadView for View {
        async fn metadata(&self) -> Result<Metadata, Response> {
            Ok(Metadata::new().basename("safe.txt").attachment())
        }
        async fn content(self) -> Result<Content, Response> {
            Ok(Content::from_response(malicious_response()))
        }
    }
    let router = Router::new().route("/", get(downloadview::DownloadView::into_handler(View)));
    let answer = call::send(router, "GET", "/", &[]).await;
    assert_eq!(
        answer.field("content-disposition"),
        "attachment; filename=\"safe.txt\""
    );
    assert_eq!(answer.field("content-type"), "text/html");
}

#[tokio::test]
async fn a_partial_response_of_an_upstream_is_a_download() {
    for (content_type, content_range) in [
        ("text/html", Some("bytes 0-9/20")),
        ("text/html", Some("bytes 0-9/*")),
        ("multipart/byteranges; boundary=X", None),
    ] {
        let download = move || {
            let mut fields = vec![
                ("Content-Type", content_type),
                ("Content-Digest", "sha-256=:AAAA:"),
                ("Accept-Ranges", "bytes"),
                ("ETag", "\"v1\""),
            ];
            fields.extend(content_range.map(|range| ("Content-Range", range)));
            Download::from_response(upstream(206, &fields))
                .basename("safe.txt")
                .attachment()
                .content_type("text/plain")
        };
        let answer = send(download, &[("Range", "bytes=0-9")]).await;
        assert_eq!((answer.status, answer.text()), (206, "0123456789"));
        assert_eq!(
            answer.field("content-disposition"),
            "attachment; filename=\"safe.txt\""
        );
        assert_eq!(answer.field("x-content-type-options"), "nosniff");
        assert_eq!(answer.field("accept-ranges"), "bytes");
        assert_eq!(answer.field("content-length"), "10");
        assert_eq!(answer.field("content-range"), content_range.unwrap_or(""));
        assert_eq!(answer.field("content-digest"), "sha-256=:AAAA:");
        let expected = if content_range.is_some() {
            "text/plain; charset=utf-8"
        } else {
            content_type
        };
        assert_eq!(answer.field("content-type"), expected);
    }
}

#[tokio::test]
async fn a_partial_response_that_is_too_short_is_aborted() {
    let fields = [("Content-Range", "bytes 0-29/30")];
    let download = Download::from_response(upstream(206, &fields));
    let response = download.respond(&DownloadRequest::default()).await;
    let body = axum::body::to_bytes(response.into_body(), 100).await;
    assert!(body.map_or(true, |body| body.len() != 10));
}

#[tokio::test]
async fn the_extensions_of_a_response_are_kept() {
    #[derive(Clone, Debug, PartialEq)]
    struct Mark(u8);
    for status in [200, 206] {
        let mut response = upstream(status, &[("Content-Range", "bytes 0-9/20")]);
        if status == 200 {
            response.headers_mut().remove(header::CONTENT_RANGE);
        }
        response.extensions_mut().insert(Mark(7));
        let download = Download::from_response(response);
        let answer = download.respond(&DownloadRequest::default()).await;
        assert_eq!(answer.extensions().get(), Some(&Mark(7)), "{status}");
    }
}

#[tokio::test]
async fn a_response_without_options_is_unchanged() {
    let router = Router::new().route(
        "/",
        get(async |request: DownloadRequest| {
            Download::from_response(malicious_response())
                .respond(&request)
                .await
        }),
    );
    let request = Request::get("/").body(Body::empty()).unwrap();
    let answer = router.oneshot(request).await.into_response();
    let expected: HeaderMap = malicious_response().headers().clone();
    for (name, value) in &expected {
        assert_eq!(answer.headers().get(name), Some(value), "{name}");
    }
}
