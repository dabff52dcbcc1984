//! `Content-Disposition` as browsers read it, which accept malformed values, too (RFC 6266 §4.3, RFC 8187).

use downloadview_grammar::token::split;

/// The meaning of the field to a browser.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Disposition {
    pub(crate) is_attachment: bool,
    /// `filename*` if it can be read, or else `filename`.
    pub(crate) name: Option<String>,
}

impl Disposition {
    pub(crate) fn parse(value: &str) -> Self {
        let mut parts = split(value, b';');
        let kind = parts.next().unwrap_or_default();
        let (mut plain, mut extended) = (None, None);
        for (name, value) in parts.filter_map(|part| part.split_once('=')) {
            let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
            match name.as_str() {
                "filename" => plain = plain.or(Some(unquoted(value))),
                "filename*" => extended = extended.or_else(|| decoded(value)),
                _ => {}
            }
        }
        Self {
            is_attachment: kind.trim().eq_ignore_ascii_case("attachment"),
            name: extended.or(plain),
        }
    }
}

fn unquoted(value: &str) -> String {
    let Some(quoted) = value.strip_prefix('"') else {
        return value.to_owned();
    };
    let (mut text, mut chars) = (String::new(), quoted.chars());
    while let Some(c) = chars.next() {
        match c {
            '"' => break,
            '\\' => text.extend(chars.next()),
            c => text.push(c),
        }
    }
    text
}

/// Decodes `charset'language'text`. Returns `None` if it is malformed or not in the charset.
fn decoded(value: &str) -> Option<String> {
    let (charset, rest) = value.split_once('\'')?;
    let (_, text) = rest.split_once('\'')?;
    let bytes = percent_decoded(text)?;
    match charset.to_ascii_lowercase().as_str() {
        "utf-8" => String::from_utf8(bytes).ok(),
        "iso-8859-1" => Some(bytes.into_iter().map(char::from).collect()),
        _ => None,
    }
}

fn percent_decoded(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let [first, after @ ..] = rest {
        let (byte, left) = match (first, after) {
            (b'%', [high, low, left @ ..]) => (hex(*high)? << 4 | hex(*low)?, left),
            (b'%', _) => return None,
            (byte, left) => (*byte, left),
        };
        bytes.push(byte);
        rest = left;
    }
    Some(bytes)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|digit| digit.try_into().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> (bool, Option<String>) {
        let Disposition {
            is_attachment,
            name,
        } = Disposition::parse(value);
        (is_attachment, name)
    }

    #[test]
    fn the_kind_is_attachment_or_it_is_shown() {
        assert_eq!(read("ATTACHMENT"), (true, None));
        assert_eq!(read("inline"), (false, None));
        assert_eq!(read(""), (false, None));
    }

    #[test]
    fn the_extended_name_wins_where_it_can_be_read() {
        let name = |value: &str| read(value).1.unwrap();
        assert_eq!(name("inline; filename=a.txt"), "a.txt");
        assert_eq!(
            name("inline; filename*=UTF-8''%e2%82%ac.txt; filename=\"EUR.txt\""),
            "€.txt"
        );
        assert_eq!(name("inline; filename*=iso-8859-1'en'%A3; filename=a"), "£");
        for unreadable in ["UTF-8''%ff", "UTF-8''%2", "UTF-8''%zz", "koi8-r''a", "a"] {
            let value = format!("inline; filename*={unreadable}; filename=a");
            assert_eq!(name(&value), "a", "{value}");
        }
    }

    #[test]
    fn a_quoted_name_may_hold_anything() {
        let value = r#"attachment; filename="a;b=\"c\"\\.txt"; size=3"#;
        assert_eq!(read(value), (true, Some(r#"a;b="c"\.txt"#.to_owned())));
    }
}
