//! Checks the values that are written as literals, by the grammar of their header field.
//!
//! An `Err` completes the sentence that begins with the value.

use crate::errors::closest;

pub(crate) type Check = fn(&str) -> Result<(), String>;

/// RFC 9110 §8.3.1: `type/subtype; name=value`.
pub(crate) fn content_type(value: &str) -> Result<(), String> {
    let is_media_type = |(kind, subtype)| is_name(kind) && is_name(subtype);
    if !essence(value).split_once('/').is_some_and(is_media_type) {
        return Err("is not a media type such as `text/csv`".to_owned());
    }
    let mut parameters = split_quoted(value, ';').skip(1).map(trimmed);
    match parameters.find(|text| !is_parameter(text)) {
        Some(text) => Err(format!("has a parameter {text:?} that is not `name=value`")),
        None => Ok(()),
    }
}

/// Whether `charset` may be added to this media type: to text, and to what is text in all but name.
pub(crate) fn takes_charset(content_type: &str) -> bool {
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
    let media_type = essence(content_type).to_ascii_lowercase();
    let is_textual = |subtype: &str| {
        TEXTUAL.contains(&subtype) || subtype.ends_with("+json") || subtype.ends_with("+xml")
    };
    media_type.starts_with("text/")
        || media_type
            .strip_prefix("application/")
            .is_some_and(is_textual)
}

/// RFC 9110 §8.3.2.
pub(crate) fn charset(value: &str) -> Result<(), String> {
    let reason = || "is not a charset such as `utf-8`".to_owned();
    is_token(value).then_some(()).ok_or_else(reason)
}

/// RFC 9110 §8.8.3, and the opaque part alone.
pub(crate) fn etag(value: &str) -> Result<(), String> {
    let opaque = value
        .strip_prefix("W/")
        .filter(|rest| rest.starts_with('"'))
        .unwrap_or(value);
    let opaque = match opaque.strip_prefix('"') {
        Some(quoted) => quoted
            .strip_suffix('"')
            .ok_or("is an entity tag whose quote is not closed")?,
        None if opaque.is_empty() => return Err("is an empty entity tag".to_owned()),
        None if opaque.starts_with("W/") => {
            return Err("is not an entity tag; a weak one is written `W/\"v1\"`".to_owned());
        }
        None => opaque,
    };
    if is_template(opaque) {
        return Err(
            "has a `{name}` in it, which only `basename` fills in; write `format!(…)`".to_owned(),
        );
    }
    match opaque.chars().find(|c| !c.is_ascii_graphic() || *c == '"') {
        Some(c) => Err(format!("is not an entity tag: it may not hold {c:?}")),
        None => Ok(()),
    }
}

/// Whether a name stands in braces.
fn is_template(text: &str) -> bool {
    let is_name = |name: &str| {
        name.starts_with(char::is_alphabetic)
            && name.chars().all(|c| c.is_alphanumeric() || c == '_')
    };
    let after_braces = text.split('{').skip(1);
    let mut inside = after_braces.filter_map(|rest| rest.split_once('}'));
    inside.any(|(name, _)| is_name(name))
}

/// RFC 9111 §5.2, RFC 5861, RFC 8246.
pub(crate) fn cache_control(value: &str) -> Result<(), String> {
    split_quoted(value, ',').try_for_each(|directive| cache_directive(trimmed(directive)))
}

/// A value that is sent as it is.
pub(crate) fn field_value(value: &str) -> Result<(), String> {
    match value.chars().find(|c| !matches!(c, ' '..='~' | '\t')) {
        Some(c) => Err(format!("cannot be sent: a header field may not hold {c:?}")),
        None => Ok(()),
    }
}

/// The name of a field that no option stands for.
pub(crate) fn field_name(name: &str) -> Result<(), String> {
    let own = FIELDS_WITH_AN_OPTION
        .iter()
        .find(|(field, _)| field.eq_ignore_ascii_case(name));
    match own {
        _ if !is_token(name) => Err("is not the name of a header field".to_owned()),
        Some((_, instead)) => Err(format!("is not yours to set: {instead}")),
        None => Ok(()),
    }
}

/// The name of a file, not a path.
pub(crate) fn basename(name: &str) -> Result<(), String> {
    match name
        .chars()
        .find(|c| matches!(c, '/' | '\\') || c.is_control())
    {
        Some('/' | '\\') => Err("is a path: a basename has no slash".to_owned()),
        Some(c) => Err(format!("cannot be the name of a file: it holds {c:?}")),
        None if name.trim_matches(['.', ' ']).is_empty() => {
            Err("is no name: without `basename` the file has none".to_owned())
        }
        None => Ok(()),
    }
}

const FIELDS_WITH_AN_OPTION: [(&str, &str); 11] = [
    ("Accept-Ranges", "it follows from the content"),
    ("Cache-Control", "write `cache_control = …`"),
    ("Connection", "it belongs to the connection"),
    (
        "Content-Disposition",
        "write `basename = …` and `attachment`",
    ),
    ("Content-Length", "write `size = …`"),
    ("Content-Range", "it follows from the request"),
    ("Content-Type", "write `content_type = …`"),
    ("ETag", "write `etag = …`"),
    ("Last-Modified", "write `last_modified = …`"),
    ("Trailer", "it belongs to the connection"),
    ("Transfer-Encoding", "it belongs to the connection"),
];

/// Directives of a response, and whether each takes seconds.
const DIRECTIVES: [(&str, bool); 13] = [
    ("immutable", false),
    ("max-age", true),
    ("must-revalidate", false),
    ("must-understand", false),
    ("no-cache", false),
    ("no-store", false),
    ("no-transform", false),
    ("private", false),
    ("proxy-revalidate", false),
    ("public", false),
    ("s-maxage", true),
    ("stale-if-error", true),
    ("stale-while-revalidate", true),
];

fn cache_directive(directive: &str) -> Result<(), String> {
    let (name, argument) = match directive.split_once('=') {
        Some((name, argument)) => (name, Some(argument)),
        None => (directive, None),
    };
    if !is_token(name) || !argument.is_none_or(|text| is_token(text) || is_quoted(text)) {
        return Err(format!(
            "has a directive {directive:?} that is neither `name` nor `name=value`"
        ));
    }
    let known = DIRECTIVES
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name));
    match (known, argument) {
        (Some((_, true)), argument) if !argument.is_some_and(is_number) => {
            Err(format!("needs a number of seconds: `{name}=3600`"))
        }
        (None, _) => meant_directive(name),
        _ => Ok(()),
    }
}

/// Unknown directives are extensions, but one that is nearly a known one is a slip.
fn meant_directive(name: &str) -> Result<(), String> {
    match closest(name, DIRECTIVES.map(|(known, _)| known)) {
        Some(meant) => Err(format!(
            "has an unknown directive `{name}`; did you mean `{meant}`?"
        )),
        None => Ok(()),
    }
}

/// RFC 9110 §5.6.2.
fn is_token(text: &str) -> bool {
    let is_tchar = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    !text.is_empty() && text.chars().all(is_tchar)
}

/// A media type without its parameters.
fn essence(content_type: &str) -> &str {
    trimmed(content_type.split(';').next().unwrap_or_default())
}

/// RFC 9110 §5.6.3.
fn trimmed(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// A part of a media type: `*` is for what a client accepts.
fn is_name(text: &str) -> bool {
    is_token(text) && text != "*"
}

fn is_parameter(text: &str) -> bool {
    let is_value = |value: &str| is_token(value) || is_quoted(value);
    text.split_once('=')
        .is_some_and(|(name, value)| is_token(name) && is_value(value))
}

/// RFC 9110 §5.6.4.
fn is_quoted(text: &str) -> bool {
    let inner = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    inner.is_some_and(|inner| field_value(inner).is_ok() && closes(inner))
}

/// Whether no quote stands bare in the text and no backslash at its end.
fn closes(inner: &str) -> bool {
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        if c == '"' || (c == '\\' && chars.next().is_none()) {
            return false;
        }
    }
    true
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Splits at a separator that does not stand between quotes.
fn split_quoted(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |c| {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ => {}
        }
        c == separator && !quoted
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sort(check: Check, good: &[&str], bad: &[&str]) {
        for value in good {
            assert_eq!(check(value), Ok(()), "{value}");
        }
        for value in bad {
            assert!(check(value).is_err(), "{value}");
        }
    }

    #[test]
    fn media_types() {
        sort(
            content_type,
            &[
                "text/csv",
                "application/vnd.ms-excel",
                "image/svg+xml",
                "text/csv; header=present; charset=utf-8",
                r#"multipart/mixed;boundary="a;b""#,
            ],
            &[
                "",
                "csv",
                "text/",
                "/csv",
                "text/*",
                "text csv",
                "text/csv;",
                "text/csv; header",
                "text/csv\n",
                "a/b/c",
            ],
        );
    }

    #[test]
    fn charsets() {
        sort(
            charset,
            &["utf-8", "ISO-8859-1", "utf-16le"],
            &["", "utf 8", "utf-8;", "é"],
        );
        assert!(takes_charset("text/csv") && takes_charset("application/json; a=b"));
        assert!(!takes_charset("image/png") && !takes_charset("application/pdf"));
    }

    #[test]
    fn entity_tags() {
        sort(
            etag,
            &["v1", r#""v1""#, r#"W/"v1""#, r#""""#, "a/b", "{}", "a{b"],
            &[
                "", "v 1", r#""v1"#, r#"v"1"#, r#"W/"v1"#, "W/v1", "é", "v\n", "v{id}",
            ],
        );
    }

    #[test]
    fn cache_controls() {
        sort(
            cache_control,
            &[
                "no-store",
                "public, max-age=3600",
                "private=\"set-cookie, x\"",
                "max-age=1,x-mine=2",
                "No-Cache",
            ],
            &[
                "",
                "public,",
                "max-age",
                "max-age=soon",
                "max age=1",
                "no-chache",
                "privat",
                "public max-age=1",
            ],
        );
    }

    #[test]
    fn basenames() {
        sort(
            basename,
            &["a.txt", "été 文.csv", ".htaccess", "a b"],
            &["", " ", "..", "a/b", "a\\b", "/", "a\nb", "a\u{7f}"],
        );
    }

    #[test]
    fn header_fields() {
        sort(
            field_name,
            &["X-Rows", "Content-Language"],
            &["", "X Rows", "etag", "Content-Length"],
        );
        sort(field_value, &["", "a b\tc"], &["a\r\nb", "é"]);
    }
}
