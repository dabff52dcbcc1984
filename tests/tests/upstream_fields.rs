//! More header fields of an upstream's response: digests of storage services, charsets, and the fields of a protocol switch.

use downloadview::{Download, DownloadRequest, download_view};
use tests::{
    call::{self, Answer},
    upstream::{send, upstream},
};

/// Digests that storage services send with a whole object.
const MESSAGE_FIELDS: [(&str, &str); 5] = [
    ("OC-Checksum", "SHA1:AAAA"),
    ("opc-content-sha256", "AAAA"),
    ("x-bz-content-sha1", "AAAA"),
    ("x-checksum-md5", "AAAA"),
    ("x-tos-hash-crc64ecma", "1"),
];

/// Digests of the whole file, which are also correct in a response with a part of it.
const FILE_FIELDS: [(&str, &str); 3] = [
    ("Digest", "sha-256=AAAA"),
    ("Repr-Digest", "sha-256=:AAAA:"),
    ("Unencoded-Digest", "sha-256=:AAAA:"),
];

#[tokio::test]
async fn digests_are_only_sent_with_the_bytes_that_they_describe() {
    let download = || {
        let mut fields = vec![("ETag", "\"v1\"")];
        fields.extend(MESSAGE_FIELDS);
        fields.extend(FILE_FIELDS);
        Download::from_response(upstream(200, &fields))
            .etag("v1")
            .size(10)
    };
    for ((field, value), status) in [
        (("X-None", ""), 200),
        (("Range", "bytes=0-1"), 206),
        (("Range", "bytes=0-1,5-6"), 206),
        (("If-None-Match", "\"v1\""), 304),
        (("If-Match", "\"v2\""), 412),
        (("Range", "bytes=20-"), 416),
    ] {
        let answer = send(download, &[(field, value)]).await;
        assert_eq!(answer.status, status, "{field}: {value}");
        for (name, _) in MESSAGE_FIELDS {
            let is_sent = answer.headers.contains_key(name);
            assert_eq!(is_sent, status == 200, "{name} in {status}");
        }
        for (name, _) in FILE_FIELDS {
            let is_sent = answer.headers.contains_key(name);
            assert_eq!(is_sent, status < 400, "{name} in {status}");
        }
    }
}

#[tokio::test]
async fn a_switch_of_protocols_keeps_the_fields_of_its_connection() {
    let fields = [("Connection", "upgrade"), ("Upgrade", "websocket")];
    let response = Download::from_response(upstream(101, &fields))
        .respond(&DownloadRequest::default())
        .await;
    assert_eq!(response.status(), 101);
    for (name, value) in fields {
        assert_eq!(response.headers()[name], value);
    }
}

/// Serves a response with this content type and one option, and returns the content type that is sent.
async fn sent_content_type(
    setting: &'static str,
    status: u16,
    content_type: &'static str,
) -> String {
    let download = move || {
        let mut fields = vec![("Content-Type", content_type)];
        fields.extend((status == 206).then_some(("Content-Range", "bytes 0-9/20")));
        let download = Download::from_response(upstream(status, &fields));
        match setting {
            "charset" => download.charset("koi8-r"),
            "no_charset" => download.no_charset(),
            "both" => download
                .content_type("text/csv; charset=ascii")
                .charset("koi8-r"),
            _ => download,
        }
    };
    let answer = send(download, &[]).await;
    answer.field("content-type").to_owned()
}

/// An option, the content type of a response, and the content type that is sent.
const CHARSETS: [(&str, &str, &str); 14] = [
    (
        "nothing",
        "text/html; charset=latin1",
        "text/html; charset=latin1",
    ),
    ("nothing", "text/html", "text/html"),
    ("charset", "text/html", "text/html; charset=koi8-r"),
    (
        "charset",
        "text/html; charset=latin1",
        "text/html; charset=koi8-r",
    ),
    (
        "charset",
        "text/csv;Charset=\"latin1\" ; header=present",
        "text/csv; header=present; charset=koi8-r",
    ),
    (
        "charset",
        "text/csv; a=\"; charset=b\"",
        "text/csv; a=\"; charset=b\"; charset=koi8-r",
    ),
    (
        "charset",
        "application/xml; charset=a",
        "application/xml; charset=koi8-r",
    ),
    ("charset", "image/png", "image/png"),
    ("charset", "image/x; charset=a", "image/x; charset=a"),
    (
        "charset",
        "multipart/mixed; charset=a; boundary=X",
        "multipart/mixed; charset=a; boundary=X",
    ),
    ("charset", "not a type", "not a type"),
    ("no_charset", "text/html; charset=latin1", "text/html"),
    ("no_charset", "text/html", "text/html"),
    (
        "both",
        "text/html; charset=latin1",
        "text/csv; charset=ascii",
    ),
];

#[tokio::test]
async fn the_charset_option_replaces_the_charset_of_a_response() {
    for (setting, content_type, expected) in CHARSETS {
        for status in [200, 206] {
            let sent = sent_content_type(setting, status, content_type).await;
            assert_eq!(sent, expected, "{setting} over {status} {content_type}");
        }
    }
}

#[tokio::test]
async fn the_charset_of_a_download_replaces_that_of_the_attribute() {
    #[download_view(content_type = "text/csv; charset=ascii; header=present")]
    async fn sent_content_type() -> Download {
        Download::new("1,2\n").charset("koi8-r")
    }
    #[download_view(content_type = "text/csv; charset=ascii")]
    async fn unknown() -> Download {
        Download::new("1,2\n").no_charset()
    }
    #[download_view(charset = "koi8-r")]
    async fn named() -> Download {
        Download::new("1,2\n").content_type("text/csv; charset=ascii")
    }
    let sent = |answer: Answer| answer.field("content-type").to_owned();
    assert_eq!(
        sent(call::get(sent_content_type).await),
        "text/csv; header=present; charset=koi8-r"
    );
    assert_eq!(sent(call::get(unknown).await), "text/csv");
    assert_eq!(sent(call::get(named).await), "text/csv; charset=ascii");
}

#[tokio::test]
async fn a_range_of_a_whole_response_is_left_out() {
    let fields = [("Content-Range", "bytes 0-9/20"), ("ETag", "\"v1\"")];
    let download = move || Download::from_response(upstream(200, &fields));
    let whole = send(download, &[]).await;
    assert_eq!((whole.status, whole.field("content-range")), (200, ""));
    let part = send(download, &[("Range", "bytes=2-3")]).await;
    assert_eq!(part.status, 206);
    assert_eq!(part.field("content-range"), "bytes 2-3/10");
}
