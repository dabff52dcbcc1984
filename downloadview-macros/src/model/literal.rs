//! Checks of literal values.
//!
//! Header values are checked by the grammar that the runtime shares. An error is the end of a sentence that begins with
//! the value.

use downloadview_grammar::{
    cache_control as directives,
    entity_tag::{self, EntityTagError},
    field::{self, Reserved},
    media_type::{MediaType, is_charset},
};

pub(super) type Check = fn(&str) -> Result<(), String>;

pub(super) fn content_type(value: &str) -> Result<(), String> {
    let parsed = MediaType::parse(value);
    parsed.map(drop).map_err(|error| error.to_string())
}

pub(super) fn charset(value: &str) -> Result<(), String> {
    let refused = || "is not a valid charset; write a name such as `utf-8`".to_owned();
    is_charset(value).then_some(()).ok_or_else(refused)
}

/// Checks an entity tag, in which a `{name}` is a mistake rather than a character.
pub(super) fn etag(value: &str) -> Result<(), String> {
    match entity_tag::parse(value) {
        Ok(_) | Err(EntityTagError::Character(_)) if has_template(value) => Err(format!(
            "contains a name in braces, which only `basename` replaces; write `format!({value:?})`"
        )),
        parsed => parsed.map(drop).map_err(|error| error.to_string()),
    }
}

/// Returns true if there is a name in braces.
fn has_template(text: &str) -> bool {
    let is_name = |name: &str| {
        name.starts_with(char::is_alphabetic)
            && name.chars().all(|c| c.is_alphanumeric() || c == '_')
    };
    let after_braces = text.split('{').skip(1);
    let mut inside = after_braces.filter_map(|rest| rest.split_once('}'));
    inside.any(|(name, _)| is_name(name))
}

pub(super) fn cache_control(value: &str) -> Result<(), String> {
    directives::check(value).map_err(|error| error.to_string())
}

pub(super) fn field_value(value: &str) -> Result<(), String> {
    field::check_value(value).map_err(|error| error.to_string())
}

/// Checks the name of a header field, which may not be reserved.
pub(super) fn field_name(name: &str) -> Result<(), String> {
    if !field::is_name(name) {
        return Err("is not a valid name of a header field".to_owned());
    }
    let Some(reserved) = Reserved::of(name) else {
        return Ok(());
    };
    let instead = match reserved {
        Reserved::AcceptRanges => "write `ranges = false` to turn ranges off",
        Reserved::CacheControl => "write `cache_control = …`",
        Reserved::Connection => "the server sets it for each connection",
        Reserved::ContentDisposition => "write `basename = …` and `attachment`",
        Reserved::ContentLength => "write `size = …`",
        Reserved::ContentRange => "it is computed for each request",
        Reserved::ContentType => "write `content_type = …`",
        Reserved::Etag => "write `etag = …`",
        Reserved::LastModified => "write `last_modified = …`",
    };
    Err(format!("cannot be set with `header`; {instead}"))
}

/// Checks the name of a file, which is not a path.
pub(super) fn basename(name: &str) -> Result<(), String> {
    match name
        .chars()
        .find(|c| matches!(c, '/' | '\\') || c.is_control())
    {
        Some('/' | '\\') => Err(is_path(name)),
        Some(c) => Err(format!("is not a valid file name: it contains {c:?}")),
        None if name.trim_matches(['.', ' ']).is_empty() => {
            Err("is not a valid file name; to send no name, remove `basename`".to_owned())
        }
        None => Ok(()),
    }
}

/// Returns the message about a path, with the name at its end.
fn is_path(path: &str) -> String {
    match path.rsplit(['/', '\\']).next() {
        None | Some("") => "is a path, not a file name".to_owned(),
        Some(name) => format!("is a path, not a file name; write `basename = {name:?}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sort(check: Check, good: &[&str], bad: &[&str]) {
        for value in good {
            assert_eq!(check(value), Ok(()), "{value:?}");
        }
        for value in bad {
            assert!(check(value).is_err(), "{value:?}");
        }
    }

    #[test]
    fn entity_tags_have_no_names_in_braces() {
        sort(etag, &["v1", "{}", "a{b"], &["v{id}", "v {id}", "a b"]);
        assert!(etag("v {id}").unwrap_err().contains("format!"));
    }

    #[test]
    fn basenames_are_not_paths() {
        sort(
            basename,
            &["a.txt", "été 文.csv", ".htaccess", "a b"],
            &["", " ", "..", "a/b", "a\\b", "/", "a\nb", "a\u{7f}"],
        );
    }

    #[test]
    fn reserved_fields_are_refused() {
        sort(
            field_name,
            &["X-Rows", "Content-Language"],
            &["", "X Rows", "etag", "Content-Length", "Keep-Alive"],
        );
    }
}
