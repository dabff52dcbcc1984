//! `Content-Disposition` (RFC 6266, RFC 8187) and the file names it carries.

use std::borrow::Cow;

use axum::http::HeaderValue;

/// The name a client should save under: a basename that is safe on every system, or `""` when nothing of `name` is left.
pub(crate) fn sanitize(name: &str) -> Cow<'_, str> {
    todo!("{name}")
}

/// The value of the field: `attachment` or `inline`, and the sanitised name unless it is empty.
pub(crate) fn header_value(attachment: bool, name: &str) -> HeaderValue {
    todo!("{attachment} {name}")
}
