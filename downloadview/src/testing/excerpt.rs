//! Excerpts of two contents that differ.

use std::{fmt, ops::Range};

/// The number of bytes of long content that are shown on each side of the first difference.
const AROUND: usize = 40;

/// Content, and the part of it that is shown.
pub(super) struct Excerpt<'a> {
    bytes: &'a [u8],
    shown: Range<usize>,
    is_text: bool,
}

impl<'a> Excerpt<'a> {
    /// Returns both excerpts, from the same position. Both are text, or both are bytes.
    pub(super) fn pair(expected: &'a [u8], got: &'a [u8], at: usize) -> (Self, Self) {
        let is_text = is_text(expected) && is_text(got);
        let start = at.saturating_sub(AROUND);
        let start = (0..=start)
            .rev()
            .find(|start| !is_text || is_boundary(expected, *start))
            .unwrap_or_default();
        let excerpt = |bytes: &'a [u8]| {
            let end = at.saturating_add(AROUND).min(bytes.len());
            let end = (end..=bytes.len()).find(|end| !is_text || is_boundary(bytes, *end));
            let shown = start..end.unwrap_or(bytes.len());
            Self {
                bytes,
                shown,
                is_text,
            }
        };
        (excerpt(expected), excerpt(got))
    }
}

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Range { start, end } = self.shown;
        let shown = &self.bytes[start..end];
        if start > 0 {
            write!(f, "… ")?;
        }
        match std::str::from_utf8(shown) {
            Ok(text) if self.is_text => write!(f, "{text:?}")?,
            _ => write!(f, "{shown:02x?}")?,
        }
        if end < self.bytes.len() {
            write!(f, " …")?;
        }
        write!(f, " ({} bytes", self.bytes.len())?;
        if start > 0 {
            write!(f, ", from byte {start}")?;
        }
        write!(f, ")")
    }
}

/// Returns the position of the first byte that differs.
pub(super) fn first_difference(one: &[u8], other: &[u8]) -> Option<usize> {
    let differs = one.iter().zip(other).position(|(one, other)| one != other);
    let shorter = one.len().min(other.len());
    differs.or_else(|| (one.len() != other.len()).then_some(shorter))
}

fn is_text(bytes: &[u8]) -> bool {
    let is_printed = |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\r');
    std::str::from_utf8(bytes).is_ok_and(|text| text.chars().all(is_printed))
}

/// Returns true if the next byte is not in the middle of a character.
fn is_boundary(bytes: &[u8], at: usize) -> bool {
    bytes.get(at).is_none_or(|byte| byte & 0xc0 != 0x80)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(expected: &[u8], got: &[u8]) -> (String, String) {
        let at = first_difference(expected, got).unwrap();
        let (expected, got) = Excerpt::pair(expected, got, at);
        (expected.to_string(), got.to_string())
    }

    #[test]
    fn the_same_does_not_differ() {
        assert_eq!(first_difference(b"ab", b"ab"), None);
        assert_eq!(first_difference(b"ab", b"abc"), Some(2));
        assert_eq!(first_difference(b"xb", b"ab"), Some(0));
    }

    #[test]
    fn short_text_is_shown_whole() {
        let (expected, got) = shown("a\n€".as_bytes(), b"");
        assert_eq!(
            (expected.as_str(), got.as_str()),
            ("\"a\\n€\" (5 bytes)", "\"\" (0 bytes)")
        );
    }

    #[test]
    fn bytes_are_shown_as_numbers() {
        let (expected, got) = shown(&[0x89, b'P'], b"OP");
        assert_eq!(
            (expected.as_str(), got.as_str()),
            ("[89, 50] (2 bytes)", "[4f, 50] (2 bytes)")
        );
    }

    #[test]
    fn long_text_is_shown_round_the_first_difference() {
        let expected = "é".repeat(100);
        let got = format!("{}x{}", "é".repeat(50), "é".repeat(50));
        let (expected, got) = shown(expected.as_bytes(), got.as_bytes());
        let around = "é".repeat(20);
        assert_eq!(
            expected,
            format!("… \"{around}{around}\" … (200 bytes, from byte 60)")
        );
        assert_eq!(
            got,
            format!("… \"{around}x{around}\" … (201 bytes, from byte 60)")
        );
    }
}
