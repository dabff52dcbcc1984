//! Entity tags (RFC 9110 §8.8.3).

use axum::http::HeaderValue;

/// An opaque validator, strong or weak.
#[derive(Clone, Debug)]
pub(crate) struct EntityTag {
    /// The field value, quotes and `W/` included.
    value: HeaderValue,
}

impl EntityTag {
    /// Reads `v1`, `"v1"` and `W/"v1"`; `None` when a character may not stand in a tag.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        todo!("{text}")
    }

    /// A strong tag computed from the bytes themselves.
    pub(crate) fn of_bytes(bytes: &[u8]) -> Self {
        todo!("{}", bytes.len())
    }

    pub(crate) fn as_header_value(&self) -> &HeaderValue {
        &self.value
    }

    /// A strong tag promises the same bytes (RFC 9110 §8.8.1).
    pub(crate) fn is_strong(&self) -> bool {
        !self.value.as_bytes().starts_with(b"W/")
    }
}
