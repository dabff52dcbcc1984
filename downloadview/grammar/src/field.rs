//! Header fields (RFC 9110 §5): their names, their values, and the fields that users cannot set directly.

use std::{error, fmt};

use crate::token::{is_field_char, is_token};

/// A field that users cannot set by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reserved {
    /// `Accept-Ranges`, which follows from the content.
    AcceptRanges,
    /// `Cache-Control`, an option.
    CacheControl,
    /// A field of the connection (§7.6.1), or one that announces trailers.
    Connection,
    /// `Content-Disposition`, which several options determine.
    ContentDisposition,
    /// `Content-Length`, which is computed or set with the option `size`.
    ContentLength,
    /// `Content-Range`, which follows from the request.
    ContentRange,
    /// `Content-Type`, an option.
    ContentType,
    /// `ETag`, an option.
    Etag,
    /// `Last-Modified`, an option.
    LastModified,
}

/// Every reserved field, in lower case.
const RESERVED: [(&str, Reserved); 15] = [
    ("accept-ranges", Reserved::AcceptRanges),
    ("cache-control", Reserved::CacheControl),
    ("connection", Reserved::Connection),
    ("content-disposition", Reserved::ContentDisposition),
    ("content-length", Reserved::ContentLength),
    ("content-range", Reserved::ContentRange),
    ("content-type", Reserved::ContentType),
    ("etag", Reserved::Etag),
    ("keep-alive", Reserved::Connection),
    ("last-modified", Reserved::LastModified),
    ("proxy-connection", Reserved::Connection),
    ("te", Reserved::Connection),
    ("trailer", Reserved::Connection),
    ("transfer-encoding", Reserved::Connection),
    ("upgrade", Reserved::Connection),
];

impl Reserved {
    /// Returns the reservation of the field with this name, or `None` if users may set it.
    pub fn of(name: &str) -> Option<Self> {
        let found = RESERVED
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, reserved)| *reserved)
    }
}

/// Returns true for a name of a header field (§5.1).
pub fn is_name(name: &str) -> bool {
    is_token(name)
}

/// A character that a field value may not contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldValueError(char);

/// Checks a field value (§5.5).
///
/// # Errors
///
/// Fails for control characters except tabs. Non-ASCII characters are `obs-text`, which recipients treat as opaque bytes.
pub fn check_value(value: &str) -> Result<(), FieldValueError> {
    let refused = value.chars().find(|c| !is_field_char(*c));
    refused.map_or(Ok(()), |c| Err(FieldValueError(c)))
}

impl fmt::Display for FieldValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "is not a valid value of a header field: it contains {:?}",
            self.0
        )
    }
}

impl error::Error for FieldValueError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_reserved_in_any_case() {
        assert_eq!(
            Reserved::of("Content-Length"),
            Some(Reserved::ContentLength)
        );
        assert_eq!(Reserved::of("etag"), Some(Reserved::Etag));
        assert_eq!(Reserved::of("CONNECTION"), Some(Reserved::Connection));
        assert_eq!(Reserved::of("Keep-Alive"), Some(Reserved::Connection));
        assert_eq!(Reserved::of("X-Rows"), None);
        assert_eq!(Reserved::of("Content-Language"), None);
    }

    #[test]
    fn values_have_no_control_characters() {
        for good in ["", "a b\tc", "é"] {
            assert_eq!(check_value(good), Ok(()), "{good}");
        }
        for (bad, c) in [("a\r\nb", '\r'), ("\0", '\0'), ("a\u{7f}", '\u{7f}')] {
            assert_eq!(check_value(bad), Err(FieldValueError(c)), "{bad:?}");
        }
    }
}
