//! Entity tags (RFC 9110 §8.8.3) in options and in requests.

use std::{borrow::Cow, error, fmt, iter};

/// The beginning of a weak entity tag, which is case-sensitive.
pub const WEAK: &str = "W/";

/// The reason why a text is not a valid entity tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntityTagError {
    /// It is empty, which suggests a version that has not been filled in.
    Empty,
    /// It begins with a quote and does not end with one.
    Unclosed,
    /// It is `W/v1`, a weak tag that would become a strong one.
    UnquotedWeak,
    /// It contains this character.
    Character(char),
}

/// Returns the entity tag as it is sent: `v1` becomes `"v1"`, while `"v1"` and `W/"v1"` stay.
///
/// # Errors
///
/// Fails if the text is empty, if a quote is missing, or if a character is not `etagc`. Non-ASCII characters are allowed,
/// because their bytes are `obs-text`.
pub fn parse(text: &str) -> Result<Cow<'_, str>, EntityTagError> {
    let quoted = text
        .strip_prefix(WEAK)
        .filter(|rest| rest.starts_with('"'))
        .unwrap_or(text);
    let opaque = match quoted.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"').ok_or(EntityTagError::Unclosed)?,
        None if quoted.is_empty() => return Err(EntityTagError::Empty),
        None if quoted.starts_with(WEAK) => return Err(EntityTagError::UnquotedWeak),
        None => quoted,
    };
    match opaque.chars().find(|c| !is_etagc(*c)) {
        Some(c) => Err(EntityTagError::Character(c)),
        None if quoted.starts_with('"') => Ok(text.into()),
        None => Ok(format!("\"{opaque}\"").into()),
    }
}

/// Returns true for `etagc` (§8.8.3).
fn is_etagc(c: char) -> bool {
    matches!(c, '!' | '#'..='~' | '\u{80}'..)
}

impl fmt::Display for EntityTagError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("is not a valid entity tag: it is empty"),
            Self::Unclosed => {
                f.write_str("is not a valid entity tag: the closing quote is missing")
            }
            Self::UnquotedWeak => {
                f.write_str("is not a valid entity tag; a weak tag has quotes, as in `W/\"v1\"`")
            }
            Self::Character('"') => {
                f.write_str("is not a valid entity tag: it contains a double quote")
            }
            Self::Character(c) => write!(f, "is not a valid entity tag: it contains {c:?}"),
        }
    }
}

impl error::Error for EntityTagError {}

/// An entity tag in a field value: `[ "W/" ] DQUOTE *etagc DQUOTE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag<'a> {
    weak: bool,
    /// The tag without `W/`, including its quotes.
    opaque: &'a [u8],
}

impl<'a> Tag<'a> {
    /// Parses a field value that consists of a single tag.
    pub fn parse(field: &'a [u8]) -> Option<Self> {
        let (tag, rest) = Self::read(field)?;
        rest.is_empty().then_some(tag)
    }

    /// Returns true if both are strong and equal (§8.8.3.2).
    pub fn strongly_equals(self, other: Tag<'_>) -> bool {
        !self.weak && !other.weak && self.opaque == other.opaque
    }

    /// Returns true if both are equal apart from `W/` (§8.8.3.2).
    pub fn weakly_equals(self, other: Tag<'_>) -> bool {
        self.opaque == other.opaque
    }

    /// Splits `field` into the tag that it begins with and the rest.
    fn read(field: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (weak, quoted) = match field.strip_prefix(WEAK.as_bytes()) {
            Some(quoted) => (true, quoted),
            None => (false, field),
        };
        let inside = quoted.strip_prefix(b"\"")?;
        let is_etagc = |byte: u8| matches!(byte, 0x21 | 0x23..=0x7E | 0x80..);
        let length = inside.iter().position(|byte| !is_etagc(*byte))?;
        if inside[length] != b'"' {
            return None;
        }
        let (opaque, rest) = quoted.split_at(length + 2);
        Some((Self { weak, opaque }, rest))
    }
}

/// Returns the tags of a list (§5.6.1) without its empty members.
///
/// A malformed member equals no tag and does not affect the others. If all members are malformed, `If-None-Match` leads to
/// a full response and `If-Match` to a 412, which are the safe outcomes.
pub fn tags(list: &[u8]) -> impl Iterator<Item = Tag<'_>> {
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

/// Returns the first member of a list, if it is a tag, and the other members. A tag may contain commas.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(field: &str) -> Tag<'_> {
        Tag::parse(field.as_bytes()).unwrap()
    }

    fn list(field: &str) -> Vec<Tag<'_>> {
        tags(field.as_bytes()).collect()
    }

    #[test]
    fn tags_are_parsed_with_and_without_quotes() {
        for (text, sent) in [
            ("v1", "\"v1\""),
            ("\"v1\"", "\"v1\""),
            ("W/\"v1\"", "W/\"v1\""),
            ("\"\"", "\"\""),
            ("a,b", "\"a,b\""),
            ("a/b", "\"a/b\""),
            ("{}", "\"{}\""),
            ("é", "\"é\""),
            ("W/\"é\"", "W/\"é\""),
        ] {
            assert_eq!(parse(text).as_deref(), Ok(sent), "{text}");
            assert!(Tag::parse(sent.as_bytes()).is_some(), "{sent}");
        }
    }

    #[test]
    fn malformed_tags_are_rejected() {
        use EntityTagError::{Character, Empty, Unclosed, UnquotedWeak};
        for (text, error) in [
            ("", Empty),
            (" ", Character(' ')),
            ("a b", Character(' ')),
            ("a\"b", Character('"')),
            ("\"a", Unclosed),
            ("a\"", Character('"')),
            ("\"a\"\"", Character('"')),
            ("\"a\" ", Unclosed),
            ("w/\"a\"", Character('"')),
            ("W/a", UnquotedWeak),
            ("W/", UnquotedWeak),
            ("W/\"a", Unclosed),
            ("\"", Unclosed),
            ("a\nb", Character('\n')),
            ("a\tb", Character('\t')),
            ("\"a\u{7f}\"", Character('\u{7f}')),
            ("\0", Character('\0')),
        ] {
            assert_eq!(parse(text), Err(error), "{text:?}");
        }
    }

    /// The table of RFC 9110 §8.8.3.2.
    #[test]
    fn comparisons_are_strong_or_weak() {
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
    fn empty_members_are_skipped_and_tags_may_contain_commas() {
        assert_eq!(
            list(" ,, \"a\" ,W/\"b\",\t\"c,d\",\"\",, "),
            [tag("\"a\""), tag("W/\"b\""), tag("\"c,d\""), tag("\"\"")],
        );
        assert_eq!(list(""), []);
        assert_eq!(list(", ,"), []);
        assert_eq!(list("\"a\u{7f}\""), []);
    }

    #[test]
    fn malformed_members_do_not_affect_the_others() {
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
