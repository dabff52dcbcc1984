//! Media types (RFC 9110 §8.3.1): checked, guessed from a name, completed with a charset.

use axum::http::HeaderValue;

pub(crate) const PLAIN_TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
pub(crate) const OCTET_STREAM: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// A media type (§8.3.1) as a field value; `None` for what is none, or for a range of types such as `text/*`.
pub(crate) fn parse(text: &str) -> Option<HeaderValue> {
    let text = text.trim();
    let (kind, subtype) = essence(text).split_once('/')?;
    let is_one = |part: &str| is_token(part) && part != "*";
    let mut rest = &text[text.find(';').unwrap_or(text.len())..];
    while !rest.is_empty() {
        rest = after_parameter(rest.strip_prefix(';')?.trim_start_matches(OWS))?;
    }
    if is_one(kind) && is_one(subtype) {
        HeaderValue::from_str(text).ok()
    } else {
        None
    }
}

/// Optional white space (§5.6.3).
const OWS: [char; 2] = [' ', '\t'];

/// What follows a parameter (§5.6.6), which may be empty: nothing, or a semicolon.
fn after_parameter(text: &str) -> Option<&str> {
    let end = text.find(';').unwrap_or(text.len());
    let Some((name, value)) = text.split_once('=').filter(|(name, _)| name.len() < end) else {
        let (empty, rest) = text.split_at(end);
        return empty.trim_matches(OWS).is_empty().then_some(rest);
    };
    let length = match value.strip_prefix('"') {
        Some(quoted) => 1 + quoted_length(quoted)?,
        None => value.find([';', ' ', '\t']).unwrap_or(value.len()),
    };
    let (value, rest) = value.split_at(length);
    let rest = rest.trim_start_matches(OWS);
    let is_valid = is_token(name) && (value.starts_with('"') || is_token(value));
    (is_valid && (rest.is_empty() || rest.starts_with(';'))).then_some(rest)
}

/// How much of `text` belongs to a quoted-string (§5.6.4) that has begun before it, the closing quote included.
fn quoted_length(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    let end = text.bytes().position(|byte| {
        let closes = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        closes
    })?;
    Some(end + 1)
}

/// The type that the extension of `name` tells.
pub(crate) fn guess(name: &str) -> Option<&'static str> {
    mime_guess::from_path(name).first_raw()
}

/// `value` with a `charset`, if it is of a kind that has one and it has none yet.
///
/// Text has `utf-8` unless `charset` says otherwise; other types that are text in all but name (JSON, XML, scripts) have
/// one only where it was asked for, since most of them forbid or ignore it.
pub(crate) fn with_charset(value: HeaderValue, charset: Option<&str>) -> HeaderValue {
    let Ok(text) = value.to_str() else {
        return value;
    };
    let lower = text.to_ascii_lowercase();
    let is_text = lower.starts_with("text/");
    let charset = match charset {
        Some(charset) if is_text || is_textual(&lower) => charset,
        None if is_text => "utf-8",
        _ => return value,
    };
    if lower.contains("charset=") {
        return value;
    }
    HeaderValue::try_from(format!("{text}; charset={charset}")).unwrap_or(value)
}

fn is_textual(lower: &str) -> bool {
    let names = [
        "json",
        "xml",
        "javascript",
        "yaml",
        "sql",
        "x-sh",
        "toml",
        "graphql",
    ];
    essence(lower)
        .strip_prefix("application/")
        .is_some_and(|subtype| {
            names.contains(&subtype) || subtype.ends_with("+json") || subtype.ends_with("+xml")
        })
}

/// A media type without its parameters.
fn essence(text: &str) -> &str {
    text.split(';').next().unwrap_or_default().trim()
}

/// A token (RFC 9110 §5.6.2).
pub(crate) fn is_token(text: &str) -> bool {
    let is_tchar = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    !text.is_empty() && text.bytes().all(is_tchar)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(value: &'static str, charset: Option<&str>) -> String {
        let value = with_charset(HeaderValue::from_static(value), charset);
        value.to_str().unwrap().to_owned()
    }

    #[test]
    fn text_gets_utf_8_unless_it_says_otherwise() {
        assert_eq!(with("text/csv", None), "text/csv; charset=utf-8");
        assert_eq!(
            with("text/csv; header=present", None),
            "text/csv; header=present; charset=utf-8"
        );
        assert_eq!(
            with("text/csv; Charset=ascii", None),
            "text/csv; Charset=ascii"
        );
        assert_eq!(
            with("text/csv", Some("iso-8859-1")),
            "text/csv; charset=iso-8859-1"
        );
    }

    #[test]
    fn what_is_not_text_gets_a_charset_only_when_asked_and_able() {
        assert_eq!(with("application/json", None), "application/json");
        assert_eq!(with("image/svg+xml", None), "image/svg+xml");
        assert_eq!(
            with("application/xml", Some("utf-16")),
            "application/xml; charset=utf-16"
        );
        assert_eq!(with("image/png", Some("utf-8")), "image/png");
    }

    #[test]
    fn media_types_are_told_from_what_is_none() {
        let good = [
            "text/csv",
            "text/csv; header=present",
            "text/csv ; a=b",
            "text/csv;\ta=b",
            "text/csv; a=\"\"",
            "text/csv; a=\"b;\\\"c\" ; d=e;",
            "application/vnd.api+json",
        ];
        for good in good {
            assert_eq!(parse(good).unwrap(), good);
        }
        for bad in [
            "text/csv; a",
            "text/csv; a=",
            "text/csv; a=b c",
            "text/csv; a=\"b",
            "text/csv; a=\"b\"c",
            "text/csv; =b",
            "",
            "text",
            "text/",
            "/csv",
            "text/*",
            "*/*",
            "text/csv\r\nX: y",
            "téxt/csv",
        ] {
            assert_eq!(parse(bad), None, "{bad:?}");
        }
    }
}
