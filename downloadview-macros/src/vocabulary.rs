//! The words that options are written with: their names, what each takes, and what users of other libraries write.

use crate::{
    errors::{closest, did_you_mean},
    literal::{self, Check},
};

/// What the options are of.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Place {
    Function,
    Struct,
}

/// What an option takes.
#[derive(Clone, Copy)]
pub(crate) enum Form {
    Basename,
    /// Nothing, or a `bool`.
    Switch,
    /// Nothing.
    Flag,
    Text(Check),
    /// Text that must be a literal.
    Fixed(Check),
    Number,
    Expression,
    Callback,
    Field,
    Content,
    Blocking,
    Library,
}

const OPTIONS: [(&str, Form, &str); 15] = [
    ("basename", Form::Basename, "basename = \"report.csv\""),
    ("attachment", Form::Switch, "attachment"),
    ("inline", Form::Flag, "inline"),
    (
        "content_type",
        Form::Text(literal::content_type),
        "content_type = \"text/csv\"",
    ),
    (
        "charset",
        Form::Fixed(literal::charset),
        "charset = \"utf-8\"",
    ),
    ("size", Form::Number, "size = 1024"),
    ("etag", Form::Text(literal::etag), "etag = \"v1\""),
    ("last_modified", Form::Expression, "last_modified = time"),
    (
        "cache_control",
        Form::Text(literal::cache_control),
        "cache_control = \"no-store\"",
    ),
    ("header", Form::Field, "header(\"X-Name\", \"value\")"),
    (
        "stall_timeout",
        Form::Expression,
        "stall_timeout = Duration::from_secs(30)",
    ),
    ("on_finish", Form::Callback, "on_finish = |outcome| { … }"),
    ("content", Form::Content, "content = rows"),
    ("blocking", Form::Blocking, "blocking"),
    ("crate", Form::Library, "crate = path::to::downloadview"),
];

/// What users of other libraries write.
const ALIASES: [(&str, &str); 22] = [
    ("as_attachment", "attachment"),
    ("body", "content"),
    ("cache", "cache_control"),
    ("content_disposition", "attachment"),
    ("content_length", "size"),
    ("data", "content"),
    ("disposition", "attachment"),
    ("download", "attachment"),
    ("encoding", "charset"),
    ("file", "content"),
    ("file_name", "basename"),
    ("filename", "basename"),
    ("get_file", "content"),
    ("headers", "header"),
    ("length", "size"),
    ("max_age", "cache_control"),
    ("media_type", "content_type"),
    ("mime", "content_type"),
    ("mime_type", "content_type"),
    ("mimetype", "content_type"),
    ("name", "basename"),
    ("timeout", "stall_timeout"),
];

impl Place {
    /// The content of a function is what it returns.
    pub(crate) fn options(
        self,
    ) -> impl Iterator<Item = &'static (&'static str, Form, &'static str)> {
        let is_here = move |form| self == Self::Struct || !matches!(form, Form::Content);
        OPTIONS.iter().filter(move |(_, form, _)| is_here(*form))
    }

    fn names(self) -> impl Iterator<Item = &'static str> {
        self.options().map(|(name, ..)| *name)
    }
}

/// The option that was meant, if one is near.
pub(crate) fn meant(option: &str, place: Place) -> Option<&'static str> {
    let alias = ALIASES.iter().find(|(alias, _)| *alias == option);
    let name = alias.map(|(_, name)| *name);
    name.filter(|name| place.names().any(|known| known == *name))
        .or_else(|| closest(option, place.names()))
}

pub(crate) fn unknown(option: &str, place: Place) -> String {
    if option == "content" {
        return "the content of a function is what it returns; `content` is for a struct"
            .to_owned();
    }
    match meant(option, place) {
        Some(name) => format!(
            "there is no option `{option}`{}",
            did_you_mean(name, [name])
        ),
        None => format!(
            "there is no option `{option}`; the options are `{}`",
            place.names().collect::<Vec<_>>().join("`, `")
        ),
    }
}
