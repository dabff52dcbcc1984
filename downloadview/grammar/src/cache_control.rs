//! Values of `Cache-Control` in a response (RFC 9111 §5.2.2, RFC 5861, RFC 8246).

use std::{error, fmt};

use crate::{
    spelling::closest,
    token::{is_number, is_quoted, is_token, split, trim},
};

/// The reason why a text is not a valid list of directives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheControlError<'a> {
    /// This directive is neither `name` nor `name=value`.
    Directive(&'a str),
    /// The directive with this name requires a number of seconds.
    Seconds(&'a str),
    /// This directive is unknown and one letter or two away from a known one.
    Misspelt(&'a str, &'static str),
}

/// The known response directives. The flag is true if a directive requires a number of seconds.
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

/// Checks a list of directives.
///
/// # Errors
///
/// Fails for malformed directives, missing seconds and misspelt names. Caches ignore directives that they do not know
/// (§5.2.3), so `privat` would make a file public. Other unknown directives are extensions.
pub fn check(value: &str) -> Result<(), CacheControlError<'_>> {
    split(value, b',').map(trim).try_for_each(check_directive)
}

/// Returns true if the whole response is kept out of shared caches by `private`, `no-cache` or `no-store`.
///
/// With an argument, such a directive only applies to some fields of the response (§5.2.2.4, §5.2.2.7).
pub fn forbids_shared_caches(value: &str) -> bool {
    const FORBIDDING: [&str; 3] = ["no-cache", "no-store", "private"];
    split(value, b',').map(trim).any(|directive| {
        FORBIDDING
            .iter()
            .any(|known| directive.eq_ignore_ascii_case(known))
    })
}

fn check_directive(directive: &str) -> Result<(), CacheControlError<'_>> {
    let (name, argument) = match directive.split_once('=') {
        Some((name, argument)) => (name, Some(argument)),
        None => (directive, None),
    };
    if !is_token(name) || !argument.is_none_or(|text| is_token(text) || is_quoted(text)) {
        return Err(CacheControlError::Directive(directive));
    }
    match DIRECTIVES
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
    {
        Some((_, true)) if !argument.is_some_and(|text| is_number(text.as_bytes())) => {
            Err(CacheControlError::Seconds(name))
        }
        Some(_) => Ok(()),
        None => check_spelling(name),
    }
}

/// Fails for a name that probably misspells a known directive. Names that begin with `x-` are always extensions.
fn check_spelling(name: &str) -> Result<(), CacheControlError<'_>> {
    if name
        .get(..2)
        .is_some_and(|start| start.eq_ignore_ascii_case("x-"))
    {
        return Ok(());
    }
    match closest(name, DIRECTIVES.map(|(known, _)| known)) {
        Some(meant) => Err(CacheControlError::Misspelt(name, meant)),
        None => Ok(()),
    }
}

impl fmt::Display for CacheControlError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directive(directive) => {
                write!(
                    f,
                    "contains an invalid directive `{directive}`; directives are separated by commas"
                )
            }
            Self::Seconds(name) => write!(f, "needs a number of seconds, as in `{name}=3600`"),
            Self::Misspelt(name, meant) => {
                write!(
                    f,
                    "contains an unknown directive `{name}`; did you mean `{meant}`?"
                )
            }
        }
    }
}

impl error::Error for CacheControlError<'_> {}

#[cfg(test)]
mod tests {
    use super::{CacheControlError::*, *};

    #[test]
    fn directives_are_accepted_in_any_case_and_with_extensions() {
        for good in [
            "no-store",
            "public, max-age=3600",
            "private=\"set-cookie, x\"",
            "max-age=1,x-mine=2",
            " No-Cache\t",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn extensions_are_accepted() {
        for extension in ["community=\"UCI\"", "x-private", "X-Public=1"] {
            assert_eq!(check(extension), Ok(()), "{extension}");
        }
    }

    #[test]
    fn shared_caches_are_kept_out_by_directives_without_an_argument() {
        for value in ["private", "max-age=1,\tNo-Cache ", "x=\"a\", no-store"] {
            assert!(forbids_shared_caches(value), "{value}");
        }
        for value in [
            "",
            "public",
            "private=\"a\"",
            "x=\"a, private\"",
            "x-private",
        ] {
            assert!(!forbids_shared_caches(value), "{value}");
        }
    }

    #[test]
    fn malformed_and_misspelt_directives_are_rejected() {
        for (bad, error) in [
            ("", Directive("")),
            ("public,", Directive("")),
            ("max age=1", Directive("max age=1")),
            ("public max-age=1", Directive("public max-age=1")),
            ("private=\"a", Directive("private=\"a")),
            ("max-age", Seconds("max-age")),
            ("max-age=soon", Seconds("max-age")),
            ("no-chache", Misspelt("no-chache", "no-cache")),
            ("privat", Misspelt("privat", "private")),
        ] {
            assert_eq!(check(bad), Err(error), "{bad}");
        }
    }
}
