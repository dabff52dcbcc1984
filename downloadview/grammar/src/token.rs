//! Tokens, quoted strings and white space (RFC 9110 §5.6).

use std::iter;

/// Optional white space (§5.6.3).
const OWS: [char; 2] = [' ', '\t'];

/// Returns true for a token (§5.6.2).
pub fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_tchar)
}

fn is_tchar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Returns true for a quoted-string (§5.6.4), including its quotes.
pub fn is_quoted(text: &str) -> bool {
    let inner = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    inner.is_some_and(|inner| inner.chars().all(is_field_char) && is_escaped(inner))
}

/// Returns true if each quote in `inner` is escaped and each backslash escapes a character.
fn is_escaped(inner: &str) -> bool {
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        if c == '"' || (c == '\\' && chars.next().is_none()) {
            return false;
        }
    }
    true
}

/// Returns true for a character that a field value may contain (§5.5).
///
/// Non-ASCII characters are `obs-text`, because all their bytes in UTF-8 are 0x80 or greater.
pub(crate) fn is_field_char(c: char) -> bool {
    matches!(c, '\t' | ' '..='~' | '\u{80}'..)
}

/// Returns true for `1*DIGIT`.
pub fn is_number(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(u8::is_ascii_digit)
}

/// Parses `1*DIGIT`. Returns `None` for a number beyond `u64`.
pub fn number(text: &str) -> Option<u64> {
    is_number(text.as_bytes()).then(|| text.parse().ok())?
}

/// Removes optional white space from both ends.
pub fn trim(text: &str) -> &str {
    text.trim_matches(OWS)
}

/// Splits `text` at each `separator`, an ASCII character, outside of a quoted-string.
pub fn split(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    iter::from_fn(move || {
        let text = rest?;
        let Some(end) = end_of_part(text, separator) else {
            return rest.take();
        };
        rest = Some(&text[end + 1..]);
        Some(&text[..end])
    })
}

fn end_of_part(text: &str, separator: u8) -> Option<usize> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    text.bytes().position(|byte| {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_quoted => is_escaped = true,
            b'"' => is_quoted = !is_quoted,
            _ => {}
        }
        byte == separator && !is_quoted
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_have_no_separators() {
        for good in ["a", "X-Rows", "!#$%&'*+-.^_`|~09Az"] {
            assert!(is_token(good), "{good}");
        }
        for bad in ["", "a b", "a/b", "a;", "\"a\"", "é", "a\n"] {
            assert!(!is_token(bad), "{bad}");
        }
    }

    #[test]
    fn quotes_in_quoted_strings_are_escaped() {
        for good in [r#""""#, r#""a b""#, r#""a\"b""#, r#""é""#, "\"\t\""] {
            assert!(is_quoted(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "\"",
            r#""a"b""#,
            r#""a\""#,
            "\"a\n\"",
            "\"\u{7f}\"",
        ] {
            assert!(!is_quoted(bad), "{bad}");
        }
    }

    #[test]
    fn numbers_are_digits() {
        assert_eq!(number("0123"), Some(123));
        assert_eq!(number("18446744073709551615"), Some(u64::MAX));
        for bad in ["", "+1", "-1", " 1", "1 ", "0x1", "18446744073709551616"] {
            assert_eq!(number(bad), None, "{bad}");
        }
    }

    #[test]
    fn separators_in_quotes_do_not_split() {
        let parts: Vec<&str> = split(r#"a;b=";\";";c"#, b';').collect();
        assert_eq!(parts, ["a", r#"b=";\";""#, "c"]);
    }
}
