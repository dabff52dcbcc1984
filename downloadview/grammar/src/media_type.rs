//! Media types and charsets (RFC 9110 §8.3).

use std::{borrow::Cow, error, fmt};

use crate::token::{is_quoted, is_token, split, trim};

/// A media type with its parameters (§8.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MediaType<'a> {
    text: &'a str,
}

/// The reason why a text is not a valid media type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaTypeError<'a> {
    /// It is not `type/subtype`, or it is a range of types such as `text/*`.
    Essence,
    /// This parameter is not `name=value`.
    Parameter(&'a str),
}

impl<'a> MediaType<'a> {
    /// Parses a media type.
    ///
    /// # Errors
    ///
    /// Fails for ranges such as `text/*` and for malformed parameters. A parameter may be empty (§5.6.6), so `text/csv;`
    /// is a media type.
    pub fn parse(text: &'a str) -> Result<Self, MediaTypeError<'a>> {
        let mut parts = split(text, b';').map(trim);
        let essence = parts.next().unwrap_or_default();
        if !essence
            .split_once('/')
            .is_some_and(|(kind, subtype)| is_name(kind) && is_name(subtype))
        {
            return Err(MediaTypeError::Essence);
        }
        match parts.find(|part| !part.is_empty() && parameter(part).is_none()) {
            Some(part) => Err(MediaTypeError::Parameter(part)),
            None => Ok(Self {
                text: without_empty_end(text),
            }),
        }
    }

    /// Wraps a media type that [`MediaType::as_str`] has returned before.
    pub fn from_parsed(text: &'a str) -> Self {
        Self { text }
    }

    /// Returns the media type as it is sent, without empty parameters at its end.
    pub fn as_str(&self) -> &'a str {
        self.text
    }

    /// Returns true for types whose name begins with `text/`.
    pub fn is_text(&self) -> bool {
        self.begins_with("text/")
    }

    /// Returns true for types whose name begins with `multipart/`.
    pub fn is_multipart(&self) -> bool {
        self.begins_with("multipart/")
    }

    fn begins_with(&self, top_level: &str) -> bool {
        let start = self.text.as_bytes().get(..top_level.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(top_level.as_bytes()))
    }

    /// Returns true for text types and for other types that contain text, such as JSON.
    pub fn takes_charset(&self) -> bool {
        const TEXTUAL: [&str; 8] = [
            "graphql",
            "javascript",
            "json",
            "sql",
            "toml",
            "x-sh",
            "xml",
            "yaml",
        ];
        let essence = self.essence();
        self.is_text()
            || essence.strip_prefix("application/").is_some_and(|subtype| {
                TEXTUAL.contains(&subtype)
                    || subtype.ends_with("+json")
                    || subtype.ends_with("+xml")
            })
    }

    /// Returns true if there is a `charset` parameter.
    pub fn has_charset(&self) -> bool {
        self.text.contains(';') && split(self.text, b';').skip(1).any(is_charset_parameter)
    }

    /// Returns the media type without its `charset` parameters.
    pub fn without_charset(&self) -> Cow<'a, str> {
        if !self.has_charset() {
            return Cow::Borrowed(self.text);
        }
        let parts = split(self.text, b';').map(trim);
        let kept: Vec<&str> = parts.filter(|part| !is_charset_parameter(part)).collect();
        Cow::Owned(kept.join("; "))
    }

    /// Returns the media type with a `charset` parameter at its end.
    pub fn with_charset(&self, charset: &str) -> String {
        format!("{}; charset={charset}", self.text)
    }

    /// Returns the type and the subtype, in lower case.
    fn essence(&self) -> String {
        let essence = self.text.split(';').next().unwrap_or_default();
        trim(essence).to_ascii_lowercase()
    }
}

/// Returns true for a charset (§8.3.2).
pub fn is_charset(text: &str) -> bool {
    is_token(text)
}

/// Returns true for a type or a subtype. `*` is excluded, because it denotes a range of types.
fn is_name(text: &str) -> bool {
    is_token(text) && text != "*"
}

/// Returns true for the parameter `charset`, whose name is case-insensitive.
fn is_charset_parameter(part: &str) -> bool {
    parameter(trim(part)).is_some_and(|(name, _)| name.eq_ignore_ascii_case("charset"))
}

/// Splits a parameter (§5.6.6) into its name and its value.
fn parameter(text: &str) -> Option<(&str, &str)> {
    let is_valid =
        |(name, value): &(&str, &str)| is_token(name) && (is_token(value) || is_quoted(value));
    text.split_once('=').filter(is_valid)
}

fn without_empty_end(text: &str) -> &str {
    trim(text).trim_end_matches([' ', '\t', ';'])
}

impl fmt::Display for MediaTypeError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Essence => f.write_str(
                "is not a valid media type; write a type and a subtype, as in `text/csv`",
            ),
            Self::Parameter(part) => write!(
                f,
                "contains an invalid parameter `{part}`; expected `name=value`"
            ),
        }
    }
}

impl error::Error for MediaTypeError<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_pairs_or_empty() {
        for (text, sent) in [
            ("text/csv", "text/csv"),
            (" text/csv\t", "text/csv"),
            ("text/csv; header=present", "text/csv; header=present"),
            ("text/csv ;\ta=b", "text/csv ;\ta=b"),
            ("text/csv; a=\"\"", "text/csv; a=\"\""),
            (
                "text/csv; a=\"b;\\\"c\" ; d=e",
                "text/csv; a=\"b;\\\"c\" ; d=e",
            ),
            ("text/csv;;a=b", "text/csv;;a=b"),
            ("text/csv;", "text/csv"),
            ("text/csv ; ;", "text/csv"),
            ("text/csv; a=\"é;\";", "text/csv; a=\"é;\""),
            ("application/vnd.api+json", "application/vnd.api+json"),
        ] {
            assert_eq!(
                MediaType::parse(text).map(|parsed| parsed.as_str()),
                Ok(sent),
                "{text}"
            );
        }
    }

    #[test]
    fn ranges_and_malformed_types_are_rejected() {
        for bad in [
            "",
            "text",
            "text/",
            "/csv",
            "text/*",
            "*/*",
            "téxt/csv",
            "text/csv\r\nX: y",
            "text /csv",
            "text/csv, a/b",
        ] {
            assert_eq!(
                MediaType::parse(bad),
                Err(MediaTypeError::Essence),
                "{bad:?}"
            );
        }
        for (bad, part) in [
            ("text/csv; a", "a"),
            ("text/csv; a=", "a="),
            ("text/csv; a=b c", "a=b c"),
            ("text/csv; a = b", "a = b"),
            ("text/csv; a=\"b", "a=\"b"),
            ("text/csv; a=\"b\"c", "a=\"b\"c"),
            ("text/csv; =b", "=b"),
        ] {
            assert_eq!(
                MediaType::parse(bad),
                Err(MediaTypeError::Parameter(part)),
                "{bad:?}"
            );
        }
    }

    #[test]
    fn the_charset_is_found_among_the_parameters() {
        let has = |text| MediaType::parse(text).unwrap().has_charset();
        assert!(has("text/csv; Charset=ascii") && has("text/csv;a=b;charset=\"x\""));
        assert!(!has("text/csv; x-charset=a") && !has("text/csv; a=\"; charset=b\""));
    }

    #[test]
    fn charset_is_taken_out_of_the_parameters() {
        for (text, without) in [
            ("text/csv", "text/csv"),
            ("text/csv;a=b", "text/csv;a=b"),
            ("text/csv; charset=a", "text/csv"),
            ("text/csv ;\tCharset=\"a;b\";c=d", "text/csv; c=d"),
            ("text/csv; charset=a; charset=b", "text/csv"),
            ("text/csv; x=\"; charset=b\"", "text/csv; x=\"; charset=b\""),
        ] {
            let parsed = MediaType::parse(text).unwrap();
            assert_eq!(parsed.without_charset(), without, "{text}");
        }
    }

    #[test]
    fn the_charset_is_appended_after_the_last_parameter() {
        let with = |text| MediaType::parse(text).unwrap().with_charset("utf-8");
        assert_eq!(with("text/csv;"), "text/csv; charset=utf-8");
        assert_eq!(with("text/csv; a=b"), "text/csv; a=b; charset=utf-8");
    }

    #[test]
    fn multipart_types_are_known_in_any_case() {
        let is_multipart = |text| MediaType::from_parsed(text).is_multipart();
        assert!(is_multipart("Multipart/mixed; boundary=X"));
        assert!(!is_multipart("multipart") && !is_multipart("text/multipart"));
    }

    #[test]
    fn text_types_have_a_charset() {
        let takes = |text| MediaType::parse(text).unwrap().takes_charset();
        for text in [
            "TEXT/html",
            "application/json ; a=b",
            "application/atom+xml",
        ] {
            assert!(takes(text), "{text}");
        }
        assert!(!takes("image/png") && !takes("application/pdf") && !takes("image/svg+xml"));
    }
}
