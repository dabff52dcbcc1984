//! Groups of header fields that are treated alike.

use std::borrow::Cow;

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};
use downloadview_grammar::{
    cache_control::forbids_shared_caches,
    field::Reserved,
    token::{number, split, trim},
};

/// Fields about the bytes of one message, which are false beside other bytes of the same file.
///
/// The fields of storage services are those that the services compute themselves and leave out of a part.
const OF_A_MESSAGE: [&str; 11] = [
    "content-digest",       // RFC 9530 §2
    "content-md5",          // RFC 1864
    "oc-checksum",          // ownCloud
    "signature",            // RFC 9421 §4.2, computed from such fields
    "signature-input",      // RFC 9421 §4.1
    "x-bz-content-sha1",    // Backblaze B2
    "x-cos-hash-crc64ecma", // Tencent Cloud
    "x-goog-hash",          // Google Cloud Storage
    "x-ms-content-crc64",   // Azure
    "x-oss-hash-crc64ecma", // Alibaba Cloud
    "x-tos-hash-crc64ecma", // Volcengine
];

/// The beginnings of more such names: of Amazon S3, Artifactory and Oracle Cloud.
const OF_A_MESSAGE_BY_PREFIX: [&str; 3] = ["x-amz-checksum-", "x-checksum-", "opc-content-"];

/// Fields about the bytes of the whole file, which stay true beside a part of it.
const OF_THE_FILE: [&str; 3] = [
    "digest",           // RFC 3230 §4.3.2, obsolete
    "repr-digest",      // RFC 9530 §3
    "unencoded-digest", // draft-ietf-httpbis-unencoded-digest
];

/// Fields that instruct caches beside `Cache-Control`, and may contradict it.
const CACHING: [&str; 5] = [
    "edge-control",      // Akamai
    "expires",           // RFC 9111 §5.3
    "pragma",            // RFC 9111 §5.4
    "surrogate-control", // Edge Architecture Specification
    "x-accel-expires",   // nginx
];

/// The end of the names of fields for certain caches only, such as `CDN-Cache-Control` (RFC 9213 §2.1).
const TARGETED: &str = "-cache-control";

/// Removes the fields of another connection from a response that is passed on. A switch of protocols is about this connection.
pub(crate) fn pass_on(response: &mut Response) {
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        remove_connection(response.headers_mut());
    }
}

/// Removes the fields of the connection on which a response came, and those that its `Connection` names (RFC 9110 §7.6.1).
pub(crate) fn remove_connection(fields: &mut HeaderMap) {
    let lines = fields.get_all(header::CONNECTION).iter().map(text);
    let named: Vec<HeaderName> = lines
        .flat_map(|line| {
            let options = split(&line, b',').map(trim);
            let names = options.filter_map(|option| HeaderName::try_from(option).ok());
            names.collect::<Vec<_>>()
        })
        .collect();
    remove(fields, |name| {
        named.contains(name) || Reserved::of(name.as_str()) == Some(Reserved::Connection)
    });
}

/// Removes the fields that describe the bytes of another message.
pub(crate) fn remove_message(fields: &mut HeaderMap) {
    remove(fields, |name| {
        let name = name.as_str();
        let mut prefixes = OF_A_MESSAGE_BY_PREFIX.iter();
        OF_A_MESSAGE.contains(&name) || prefixes.any(|prefix| name.starts_with(prefix))
    });
}

/// Removes the digests of the whole file.
pub(crate) fn remove_file_digests(fields: &mut HeaderMap) {
    remove(fields, |name| OF_THE_FILE.contains(&name.as_str()));
}

/// Removes the instructions for caches beside `Cache-Control`.
pub(crate) fn remove_caching(fields: &mut HeaderMap) {
    remove(fields, |name| {
        let name = name.as_str();
        CACHING.contains(&name) || name.ends_with(TARGETED)
    });
}

/// Forbids caches to store the answer, unless its own `Cache-Control` keeps shared caches out already.
pub(crate) fn forbid_storing(fields: &mut HeaderMap) {
    remove_caching(fields);
    let mut lines = fields.get_all(header::CACHE_CONTROL).iter().map(text);
    if !lines.any(|line| forbids_shared_caches(&line)) {
        fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// Removes the fields for whose names `is_removed` returns true.
fn remove(fields: &mut HeaderMap, is_removed: impl Fn(&HeaderName) -> bool) {
    let names = fields.keys().filter(|name| is_removed(name));
    for name in names.cloned().collect::<Vec<_>>() {
        fields.remove(name);
    }
}

/// Returns a value as text. Bytes that are not UTF-8 are in no name and in no directive.
fn text(value: &HeaderValue) -> Cow<'_, str> {
    String::from_utf8_lossy(value.as_bytes())
}

/// Removes `Content-Length` from the fields of a response and returns its value.
pub(crate) fn take_length(fields: &mut HeaderMap) -> Option<u64> {
    let value = fields.remove(header::CONTENT_LENGTH)?;
    number(value.to_str().ok()?)
}
