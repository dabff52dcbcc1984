//! Entity tags (RFC 9110 §8.8.3).

use axum::http::HeaderValue;
use bytes::Bytes;
use downloadview_grammar::entity_tag::{self, Tag, WEAK};
use xxhash_rust::xxh3::xxh3_128;

/// An opaque validator, strong or weak.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EntityTag {
    /// The field value, quotes and `W/` included.
    value: HeaderValue,
}

impl EntityTag {
    /// Describes the expected form of an entity tag.
    pub(crate) const EXPECTED: &str = "not an entity tag such as `v1` or `W/\"v1\"`";

    /// Parses `v1`, `"v1"` or `W/"v1"`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let sent = entity_tag::parse(text).ok()?;
        let value = HeaderValue::try_from(sent.into_owned()).ok()?;
        Some(Self { value })
    }

    /// Returns a strong tag computed from the bytes.
    pub(crate) fn of_bytes(bytes: &[u8]) -> Self {
        // An owner makes clones of the value cheap. The first clone of a vector would allocate.
        Self::from_quoted(of_bytes(bytes))
    }

    /// Returns a tag computed from a hash of all that the bytes depend on.
    #[cfg(feature = "zip")]
    pub(crate) fn of_hash(hash: u128, is_strong: bool) -> Self {
        let quoted = quoted_base64(hash);
        if is_strong {
            return Self::from_quoted(quoted);
        }
        let value = [b"W/", &quoted[..]].concat();
        Self {
            value: HeaderValue::from_maybe_shared(Bytes::from(value)).expect(IS_ASCII),
        }
    }

    fn from_quoted(quoted: [u8; QUOTED]) -> Self {
        let value = Bytes::from_owner(quoted);
        Self {
            value: HeaderValue::from_maybe_shared(value).expect(IS_ASCII),
        }
    }

    pub(crate) fn as_header_value(&self) -> &HeaderValue {
        &self.value
    }

    /// Returns true for a strong tag, which promises the same bytes (RFC 9110 §8.8.1).
    pub(crate) fn is_strong(&self) -> bool {
        !self.value.as_bytes().starts_with(WEAK.as_bytes())
    }

    /// Returns the tag for comparisons.
    pub(crate) fn as_tag(&self) -> Tag<'_> {
        Tag::parse(self.value.as_bytes()).expect("checked when it was made")
    }
}

const IS_ASCII: &str = "base64 is visible ASCII";

/// The length of a computed tag: 96 bits, with six bits in each character, between quotes.
pub(crate) const QUOTED: usize = 18;

/// Returns a strong tag computed from the bytes, as a field value.
///
/// The hash does not resist a chosen collision. An author of two versions that collide would harm only these downloads.
pub(crate) fn of_bytes(bytes: &[u8]) -> [u8; QUOTED] {
    quoted_base64(xxh3_128(bytes))
}

/// Returns 16 characters of the URL-safe alphabet between quotes.
fn quoted_base64(hash: u128) -> [u8; QUOTED] {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut quoted = [b'"'; QUOTED];
    for (place, character) in quoted[1..QUOTED - 1].iter_mut().enumerate() {
        *character = ALPHABET[(hash >> (6 * place) & 63) as usize];
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Option<String> {
        let tag = EntityTag::parse(text)?;
        Some(String::from_utf8(tag.as_header_value().as_bytes().to_vec()).unwrap())
    }

    #[test]
    fn tag_is_read_with_and_without_quotes() {
        for (text, expected) in [
            ("v1", "\"v1\""),
            ("\"v1\"", "\"v1\""),
            ("W/\"v1\"", "W/\"v1\""),
            ("\"\"", "\"\""),
            ("a,b", "\"a,b\""),
            ("é", "\"é\""),
        ] {
            assert_eq!(value(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn prefix_determines_the_strength() {
        assert!(EntityTag::parse("v1").unwrap().is_strong());
        assert!(!EntityTag::parse("W/\"v1\"").unwrap().is_strong());
    }

    #[test]
    fn tag_of_bytes_is_strong_short_and_tells_them_apart() {
        let (one, other) = (EntityTag::of_bytes(b"one"), EntityTag::of_bytes(b"other"));
        assert!(one.is_strong());
        assert_eq!(one.as_header_value().len(), QUOTED);
        assert_eq!(one, EntityTag::of_bytes(b"one"));
        assert_ne!(one, other);
        assert!(
            one.as_tag()
                .strongly_equals(EntityTag::of_bytes(b"one").as_tag())
        );
    }

    #[test]
    fn tag_of_bytes_is_the_same_on_every_machine() {
        assert_eq!(
            EntityTag::of_bytes(b"").as_header_value(),
            "\"_lUjGRywBAG2YeUA\""
        );
    }
}
