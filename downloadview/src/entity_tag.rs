//! Entity tags (RFC 9110 §8.8.3).

use std::iter;

use axum::http::HeaderValue;
use bytes::Bytes;
use xxhash_rust::xxh3::xxh3_128;

/// An opaque validator, strong or weak.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EntityTag {
    /// The field value, quotes and `W/` included.
    value: HeaderValue,
}

impl EntityTag {
    /// Reads `v1`, `"v1"` and `W/"v1"`; `None` when a character may not stand in a tag.
    ///
    /// Text without quotes is put between them. Empty text and `W/v1` are refused: the one is a version nobody filled
    /// in, the other a weak tag that would become a strong one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let value = if text.contains('"') {
            HeaderValue::from_bytes(text.as_bytes())
        } else if text.is_empty() || text.starts_with("W/") {
            return None;
        } else {
            HeaderValue::try_from(format!("\"{text}\"").into_bytes())
        };
        let value = value.ok()?;
        Tag::parse(value.as_bytes())?;
        Some(Self { value })
    }

    /// A strong tag computed from the bytes themselves.
    pub(crate) fn of_bytes(bytes: &[u8]) -> Self {
        // An owner makes clones of the value free; a vector would be boxed once more by the first.
        let value = Bytes::from_owner(of_bytes(bytes));
        Self {
            value: HeaderValue::from_maybe_shared(value).expect("base64 is visible ASCII"),
        }
    }

    pub(crate) fn as_header_value(&self) -> &HeaderValue {
        &self.value
    }

    /// A strong tag promises the same bytes (RFC 9110 §8.8.1).
    pub(crate) fn is_strong(&self) -> bool {
        !self.value.as_bytes().starts_with(b"W/")
    }

    /// The tag as it is compared.
    pub(crate) fn as_tag(&self) -> Tag<'_> {
        Tag::parse(self.value.as_bytes()).expect("checked when it was made")
    }
}

/// An entity tag that stands in a field: `[ "W/" ] DQUOTE *etagc DQUOTE` (RFC 9110 §8.8.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tag<'a> {
    weak: bool,
    /// The quotes included.
    opaque: &'a [u8],
}

impl<'a> Tag<'a> {
    /// A field value that is one tag and nothing else.
    pub(crate) fn parse(field: &'a [u8]) -> Option<Self> {
        let (tag, rest) = Self::read(field)?;
        rest.is_empty().then_some(tag)
    }

    /// Both strong, and the same (RFC 9110 §8.8.3.2).
    pub(crate) fn strongly_equals(self, other: Tag<'_>) -> bool {
        !self.weak && !other.weak && self.opaque == other.opaque
    }

    /// The same but for `W/` (RFC 9110 §8.8.3.2).
    pub(crate) fn weakly_equals(self, other: Tag<'_>) -> bool {
        self.opaque == other.opaque
    }

    /// The tag that `field` begins with, and what follows it.
    fn read(field: &'a [u8]) -> Option<(Self, &'a [u8])> {
        // `W` is case-sensitive.
        let (weak, quoted) = match field.strip_prefix(b"W/") {
            Some(quoted) => (true, quoted),
            None => (false, field),
        };
        let inside = quoted.strip_prefix(b"\"")?;
        let length = inside.iter().position(|byte| !is_etagc(*byte))?;
        if inside[length] != b'"' {
            return None;
        }
        let (opaque, rest) = quoted.split_at(length + 2);
        Some((Self { weak, opaque }, rest))
    }
}

/// The tags of a list (RFC 9110 §5.6.1), its empty members skipped.
///
/// A member that is no tag equals none, and leaves the others as they are: with nothing but such members,
/// `If-None-Match` costs a full answer and `If-Match` a 412, the safe side of each.
pub(crate) fn tags(list: &[u8]) -> impl Iterator<Item = Tag<'_>> {
    let mut rest = list;
    iter::from_fn(move || {
        while !rest.is_empty() {
            let (tag, after) = first_member(rest);
            rest = after;
            if tag.is_some() {
                return tag;
            }
        }
        None
    })
}

/// The first member of a list, if it is a tag, and what follows its comma. Commas may stand inside a tag.
fn first_member(list: &[u8]) -> (Option<Tag<'_>>, &[u8]) {
    let member = list.trim_ascii_start();
    let (tag, rest) = match Tag::read(member) {
        Some((tag, rest)) => (Some(tag), rest),
        None => (None, member),
    };
    let comma = rest.iter().position(|byte| *byte == b',');
    let (trailing, after) = match comma {
        Some(comma) => (&rest[..comma], &rest[comma + 1..]),
        None => (rest, &[][..]),
    };
    (tag.filter(|_| trailing.trim_ascii().is_empty()), after)
}

/// `etagc`: visible but for the quote, or obs-text, which is compared like the rest (RFC 9110 §8.8.3).
fn is_etagc(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x7E | 0x80..)
}

/// The length of a tag that is computed: 96 bits, six a character, between quotes.
pub(crate) const QUOTED: usize = 18;

/// A strong tag computed from the bytes themselves, as it stands in its field.
///
/// The hash is no defence against someone who chooses the bytes of two versions to collide: they could only make
/// their own downloads wrong.
pub(crate) fn of_bytes(bytes: &[u8]) -> [u8; QUOTED] {
    quoted_base64(xxh3_128(bytes))
}

/// 16 characters of the URL-safe alphabet, between quotes.
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

    fn tag(field: &str) -> Tag<'_> {
        Tag::parse(field.as_bytes()).unwrap()
    }

    fn list(field: &str) -> Vec<Tag<'_>> {
        tags(field.as_bytes()).collect()
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
    fn text_that_cannot_stand_in_a_tag_is_refused() {
        for text in [
            "",
            " ",
            "a b",
            "a\"b",
            "\"a",
            "a\"",
            "\"a\"\"",
            "\"a\" ",
            "w/\"a\"",
            "W/a",
            "W/",
            "W/\"a",
            "a\nb",
            "a\tb",
            "\"a\u{7f}\"",
            "\0",
        ] {
            assert_eq!(value(text), None, "{text:?}");
        }
    }

    #[test]
    fn strength_is_told_by_the_prefix() {
        assert!(EntityTag::parse("v1").unwrap().is_strong());
        assert!(!EntityTag::parse("W/\"v1\"").unwrap().is_strong());
    }

    /// The table of RFC 9110 §8.8.3.2.
    #[test]
    fn comparison_is_strong_or_weak() {
        for (one, other, strong, weak) in [
            ("W/\"1\"", "W/\"1\"", false, true),
            ("W/\"1\"", "W/\"2\"", false, false),
            ("W/\"1\"", "\"1\"", false, true),
            ("\"1\"", "\"1\"", true, true),
        ] {
            assert_eq!(
                tag(one).strongly_equals(tag(other)),
                strong,
                "{one} {other}"
            );
            assert_eq!(tag(one).weakly_equals(tag(other)), weak, "{one} {other}");
        }
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

    #[test]
    fn list_skips_empty_members_and_keeps_commas_inside_tags() {
        assert_eq!(
            list(" ,, \"a\" ,W/\"b\",\t\"c,d\",\"\",, "),
            [tag("\"a\""), tag("W/\"b\""), tag("\"c,d\""), tag("\"\"")],
        );
        assert_eq!(list(""), []);
        assert_eq!(list(", ,"), []);
        assert_eq!(list("\"a\u{7f}\""), []);
    }

    #[test]
    fn member_that_is_no_tag_leaves_the_others() {
        for field in [
            "v1, \"a\"",
            "*, \"a\"",
            "\"b\"x, \"a\"",
            "\"a\", \"b",
            "\"b c\", \"a\"",
            "\"b\" \"c\", \"a\"",
        ] {
            assert_eq!(list(field), [tag("\"a\"")], "{field}");
        }
    }
}
