//! `Content-Disposition` (RFC 6266, RFC 8187) and the file names it carries.

use crate::unicode::decompose_compatible;
use axum::http::HeaderValue;

use super::basename::extends;
pub(crate) use super::basename::sanitize;

/// `attr-char` of RFC 8187 §3.2.1, without letters and digits.
const ATTR_CHARS: &[u8] = b"!#$&+-.^_`|~";

const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// Spellings of characters that Unicode does not decompose.
const SPELLED: [(char, &str); 29] = [
    ('\u{a0}', " "),
    ('\u{202f}', " "),
    ('\u{3000}', " "),
    ('–', "-"),
    ('—', "-"),
    ('‐', "-"),
    ('‑', "-"),
    ('‘', "'"),
    ('’', "'"),
    ('Æ', "AE"),
    ('æ', "ae"),
    ('Œ', "OE"),
    ('œ', "oe"),
    ('Ø', "O"),
    ('ø', "o"),
    ('ẞ', "SS"),
    ('ß', "ss"),
    ('Ł', "L"),
    ('ł', "l"),
    ('Đ', "D"),
    ('đ', "d"),
    ('Ð', "D"),
    ('ð', "d"),
    ('Þ', "Th"),
    ('þ', "th"),
    ('Ħ', "H"),
    ('ħ', "h"),
    ('ı', "i"),
    ('€', "EUR"),
];

/// Returns the value of the field: `attachment` or `inline`, and the sanitized name unless it is empty.
pub(crate) fn header_value(attachment: bool, name: &str) -> HeaderValue {
    let kind = if attachment { "attachment" } else { "inline" };
    let name = sanitize(name);
    let value = if name.is_empty() {
        return HeaderValue::from_static(kind);
    } else if is_read_alike(&name) {
        [kind, "; filename=\"", &name, "\""].concat()
    } else {
        let (fallback, exact) = (ascii_fallback(&name), percent_encoded(&name));
        [
            kind,
            "; filename=\"",
            &fallback,
            "\"; filename*=UTF-8''",
            &exact,
        ]
        .concat()
    };
    // The value is printable ASCII. If a mistake of this crate breaks that, the response is still sent.
    HeaderValue::try_from(value).unwrap_or_else(|_| HeaderValue::from_static(kind))
}

/// Returns true if all clients read `filename="name"` as `name`. Some clients do not accept `\"`, some decode `%41`
/// (RFC 6266 appendix D), and some decode `=?utf-8?Q?…?=`, the encoded words of mail (RFC 2047).
fn is_read_alike(name: &str) -> bool {
    name.bytes()
        .all(|b| matches!(b, b' '..=b'~') && b != b'"' && b != b'\\')
        && !name.contains("=?")
        && !has_percent_escape(name.as_bytes())
}

fn has_percent_escape(name: &[u8]) -> bool {
    name.windows(3)
        .any(|w| w[0] == b'%' && w[1].is_ascii_hexdigit() && w[2].is_ascii_hexdigit())
}

/// Returns a readable name for clients that do not support `filename*`. It is sanitized again, because the spelling in ASCII can be
/// unsafe: the fullwidth `ＮＵＬ` is not a device, but `NUL` is.
fn ascii_fallback(name: &str) -> String {
    let mut ascii = String::with_capacity(name.len());
    for c in name.chars() {
        push_ascii(c, &mut ascii);
    }
    sanitize(&ascii).into_owned()
}

fn push_ascii(c: char, ascii: &mut String) {
    let before = ascii.len();
    match c {
        '"' | '%' | '?' => ascii.push('_'),
        ' '..='~' => ascii.push(c),
        _ => match SPELLED.iter().find(|(special, _)| *special == c) {
            Some((_, spelling)) => ascii.push_str(spelling),
            None => decompose_compatible(c, |part| {
                ascii.extend(Some(part).filter(char::is_ascii_alphanumeric));
            }),
        },
    }
    if ascii.len() == before && (before == 0 || !extends(c)) {
        ascii.push('_');
    }
}

/// Encodes a name as `value-chars` of RFC 8187 §3.2.1.
fn percent_encoded(name: &str) -> String {
    let mut encoded = String::with_capacity(3 * name.len());
    for b in name.bytes() {
        if b.is_ascii_alphanumeric() || ATTR_CHARS.contains(&b) {
            encoded.push(b.into());
        } else {
            encoded.push('%');
            encoded.push(HEX[usize::from(b >> 4)].into());
            encoded.push(HEX[usize::from(b & 15)].into());
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_field(name: &str, parameters: &str) {
        let value = header_value(true, name);
        assert_eq!(
            value.to_str().unwrap(),
            format!("attachment; {parameters}"),
            "of {name:?}"
        );
    }

    #[test]
    fn a_plain_name_is_a_quoted_string_and_nothing_else() {
        assert_field("hello-world.txt", r#"filename="hello-world.txt""#);
        assert_field(
            "a; filename=b, c='d'.txt",
            r#"filename="a; filename=b, c='d'.txt""#,
        );
    }

    #[test]
    fn an_inline_file_keeps_its_name() {
        assert_eq!(
            header_value(false, "plot.png"),
            r#"inline; filename="plot.png""#
        );
    }

    #[test]
    fn an_empty_name_adds_no_parameter() {
        assert_eq!(header_value(true, "../.."), "attachment");
        assert_eq!(header_value(false, ""), "inline");
    }

    #[test]
    fn an_accent_is_left_out_of_the_fallback() {
        assert_field(
            "Café.txt",
            r#"filename="Cafe.txt"; filename*=UTF-8''Caf%C3%A9.txt"#,
        );
        assert_field(
            "Cafe\u{301}.txt",
            r#"filename="Cafe.txt"; filename*=UTF-8''Cafe%CC%81.txt"#,
        );
    }

    #[test]
    fn letters_that_unicode_does_not_decompose_are_spelled_out() {
        assert_field(
            "Łæß.txt",
            r#"filename="Laess.txt"; filename*=UTF-8''%C5%81%C3%A6%C3%9F.txt"#,
        );
    }

    #[test]
    fn other_characters_are_underscores_in_the_fallback() {
        assert_field(
            "日本.txt",
            r#"filename="__.txt"; filename*=UTF-8''%E6%97%A5%E6%9C%AC.txt"#,
        );
        assert_field(
            "👩‍💻.txt",
            r#"filename="__.txt"; filename*=UTF-8''%F0%9F%91%A9%E2%80%8D%F0%9F%92%BB.txt"#,
        );
    }

    #[test]
    fn ambiguous_name_is_only_in_the_extended_parameter() {
        assert_field(
            r#"a"b.txt"#,
            r#"filename="a_b.txt"; filename*=UTF-8''a%22b.txt"#,
        );
        assert_field(
            "100%25.txt",
            r#"filename="100_25.txt"; filename*=UTF-8''100%2525.txt"#,
        );
        assert_field(
            "=?utf-8?Q?x?=",
            r#"filename="=_utf-8_Q_x_="; filename*=UTF-8''%3D%3Futf-8%3FQ%3Fx%3F%3D"#,
        );
    }

    #[test]
    fn a_percent_sign_that_escapes_nothing_is_plain() {
        assert_field("100% of 5%.txt", r#"filename="100% of 5%.txt""#);
    }

    #[test]
    fn the_fallback_is_as_safe_as_the_name() {
        assert_eq!(ascii_fallback("ＮＵＬ.txt"), "_NUL.txt");
        assert_eq!(ascii_fallback("．．／etc／passwd"), "___etc_passwd");
        assert_eq!(ascii_fallback("\u{301}.txt"), "_.txt");
        assert_eq!(
            ascii_fallback(&format!("{}.txt", "ẞ".repeat(66))),
            format!("{}.txt", "SS".repeat(66))
        );
        assert_eq!(
            ascii_fallback(&format!("{}.txt", "㎉".repeat(65))).len(),
            200
        );
    }
}
