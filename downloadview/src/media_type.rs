//! Media types (RFC 9110 §8.3.1): checked, guessed from a name, completed with a charset.

use axum::http::HeaderValue;
use downloadview_grammar::media_type::MediaType;

pub(crate) const PLAIN_TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
pub(crate) const OCTET_STREAM: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// Parses a media type into a field value, without empty parameters at its end.
pub(crate) fn parse(text: &str) -> Option<HeaderValue> {
    let parsed = MediaType::parse(text).ok()?;
    HeaderValue::from_str(parsed.as_str()).ok()
}

/// Guesses the type from the extension of `name`.
pub(crate) fn guess(name: &str) -> Option<&'static str> {
    mime_guess::from_path(name).first_raw()
}

/// Adds a `charset` to `value`, a parsed media type, if it takes one and has none yet.
///
/// The charset of text is `utf-8` unless `charset` is another. Other types that are text in all but name (JSON, XML,
/// scripts) get a charset only if one is given, because most of them forbid or ignore it.
pub(crate) fn with_charset(value: HeaderValue, charset: Option<&str>) -> HeaderValue {
    completed(&value, charset).unwrap_or(value)
}

fn completed(value: &HeaderValue, charset: Option<&str>) -> Option<HeaderValue> {
    let media_type = MediaType::from_parsed(std::str::from_utf8(value.as_bytes()).ok()?);
    let charset = match charset {
        Some(charset) if media_type.takes_charset() => charset,
        None if media_type.is_text() => "utf-8",
        _ => return None,
    };
    let completed = (!media_type.has_charset()).then(|| media_type.with_charset(charset))?;
    HeaderValue::try_from(completed).ok()
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
}
