//! Groups of header fields that are treated alike.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// Fields between one client and one server (RFC 9110 §7.6.1), beside those that `Connection` names.
const OF_A_CONNECTION: [HeaderName; 6] = [
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// Fields about the bytes of one message, which are false beside other bytes of the same file.
///
/// `Repr-Digest` and the obsolete `Digest` are about the file (RFC 9530 §3, RFC 3230 §4.3.2).
const OF_A_MESSAGE: [&str; 8] = [
    "content-digest",       // RFC 9530 §2
    "content-md5",          // RFC 1864
    "signature",            // RFC 9421 §4.2, made of such fields
    "signature-input",      // RFC 9421 §4.1
    "x-goog-hash",          // Google Cloud Storage
    "x-ms-content-crc64",   // Azure
    "x-oss-hash-crc64ecma", // Alibaba Cloud
    "x-cos-hash-crc64ecma", // Tencent Cloud
];

/// The beginnings of more such names: of Amazon S3 and of Artifactory.
const OF_A_MESSAGE_BY_PREFIX: [&str; 2] = ["x-amz-checksum-", "x-checksum-"];

/// Fields that instruct caches beside `Cache-Control`, and may contradict it.
const CACHING: [&str; 5] = [
    "expires",           // RFC 9111 §5.3
    "pragma",            // RFC 9111 §5.4
    "cdn-cache-control", // RFC 9213 §3.1
    "surrogate-control", // Edge Architecture Specification
    "x-accel-expires",   // nginx
];

/// Removes the fields of the connection on which a response came (RFC 9110 §7.6.1).
pub(crate) fn remove_connection(fields: &mut HeaderMap) {
    let options = fields.get_all(header::CONNECTION).iter();
    let options: Vec<HeaderName> = options
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b','))
        .filter_map(|option| HeaderName::from_bytes(option.trim_ascii()).ok())
        .collect();
    fields.remove(header::CONNECTION);
    for name in options.iter().chain(&OF_A_CONNECTION) {
        fields.remove(name);
    }
}

/// Removes the fields that describe the bytes of another message.
pub(crate) fn remove_message(fields: &mut HeaderMap) {
    let is_removed = |name: &&HeaderName| {
        let name = name.as_str();
        OF_A_MESSAGE.contains(&name)
            || OF_A_MESSAGE_BY_PREFIX
                .iter()
                .any(|prefix| name.starts_with(prefix))
    };
    let names: Vec<HeaderName> = fields.keys().filter(is_removed).cloned().collect();
    for name in names {
        fields.remove(name);
    }
}

/// Removes the instructions for caches beside `Cache-Control`.
pub(crate) fn remove_caching(fields: &mut HeaderMap) {
    for name in CACHING {
        fields.remove(name);
    }
}

/// Forbids caches to store the answer, unless its own `Cache-Control` forbids shared caches already.
pub(crate) fn forbid_storing(fields: &mut HeaderMap) {
    remove_caching(fields);
    let lines = fields.get_all(header::CACHE_CONTROL).iter();
    if !lines.flat_map(directives).any(is_private) {
        fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// Returns the directives of a line (RFC 9111 §5.2). Commas may be inside quotes.
fn directives(line: &HeaderValue) -> impl Iterator<Item = &[u8]> {
    let mut is_quoted = false;
    let directives = line.as_bytes().split(move |byte| {
        is_quoted ^= *byte == b'"';
        *byte == b',' && !is_quoted
    });
    directives.map(<[u8]>::trim_ascii)
}

/// Returns true for a directive that keeps all of an answer out of shared caches. With an argument, it is about some fields.
fn is_private(directive: &[u8]) -> bool {
    let directives: [&[u8]; 3] = [b"private", b"no-cache", b"no-store"];
    directives
        .iter()
        .any(|name| directive.eq_ignore_ascii_case(name))
}

/// Takes `Content-Length` out of the fields of a response.
pub(crate) fn take_length(fields: &mut HeaderMap) -> Option<u64> {
    let value = fields.remove(header::CONTENT_LENGTH)?;
    value.to_str().ok()?.parse().ok()
}
