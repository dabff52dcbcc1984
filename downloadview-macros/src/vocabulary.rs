//! The words that options are written with: their names, what each takes, and what users of other libraries write.

use syn::Ident;

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

/// Each option, and what it takes.
const OPTIONS: [(&str, Form, &str); 15] = [
    (
        "basename",
        Form::Basename,
        "text: `basename = \"report.csv\"`",
    ),
    (
        "attachment",
        Form::Switch,
        "nothing or a `bool`; a name goes into `basename`",
    ),
    (
        "inline",
        Form::Flag,
        "nothing: write `inline`, or `attachment = …` with a `bool`",
    ),
    (
        "content_type",
        Form::Text(literal::content_type),
        "text: `content_type = \"text/csv\"`",
    ),
    (
        "charset",
        Form::Fixed(literal::charset),
        "a literal: `charset = \"utf-8\"`",
    ),
    ("size", Form::Number, "a number of bytes: `size = 1024`"),
    ("etag", Form::Text(literal::etag), "text: `etag = \"v1\"`"),
    (
        "last_modified",
        Form::Expression,
        "a `SystemTime`: `last_modified = time`",
    ),
    (
        "cache_control",
        Form::Text(literal::cache_control),
        "text: `cache_control = \"no-store\"`",
    ),
    (
        "header",
        Form::Field,
        "a name and a value: `header(\"X-Name\", \"value\")`",
    ),
    (
        "stall_timeout",
        Form::Expression,
        "a `Duration`: `stall_timeout = Duration::from_secs(30)`",
    ),
    (
        "on_finish",
        Form::Callback,
        "a closure: `on_finish = |outcome| { … }`",
    ),
    (
        "content",
        Form::Content,
        "the name of a method: `content = rows`",
    ),
    ("blocking", Form::Blocking, "nothing: write `blocking`"),
    (
        "crate",
        Form::Library,
        "a path: `crate = path::to::downloadview`",
    ),
];

/// What users of other libraries write, with the same value.
const SYNONYMS: [(&str, &str); 21] = [
    ("as_attachment", "attachment"),
    ("attachment_filename", "basename"),
    ("body", "content"),
    ("content_length", "size"),
    ("data", "content"),
    ("download", "attachment"),
    ("download_name", "basename"),
    ("file", "content"),
    ("file_name", "basename"),
    ("filename", "basename"),
    ("get_file", "content"),
    ("length", "size"),
    ("media_type", "content_type"),
    ("mime", "content_type"),
    ("mime_type", "content_type"),
    ("mimetype", "content_type"),
    ("modified", "last_modified"),
    ("mtime", "last_modified"),
    ("name", "basename"),
    ("timeout", "stall_timeout"),
    ("type", "content_type"),
];

/// What they write with another value.
const RELATED: [(&str, &str); 5] = [
    ("cache", "cache_control"),
    ("content_disposition", "attachment"),
    ("disposition", "attachment"),
    ("encoding", "charset"),
    ("headers", "header"),
];

/// What is said in another place.
const ELSEWHERE: [(&str, &str); 9] = [
    ("compress", COMPRESSION),
    ("compression", COMPRESSION),
    ("file", "a view of a file returns it: `File::open(…)`"),
    ("max_age", "it is said in `cache_control = \"max-age=60\"`"),
    (
        "method",
        "the route says which methods it takes: `get(view)`",
    ),
    ("path", "a view of a file returns it: `File::open(…)`"),
    (
        "status",
        "a file is answered with 200, and an `Err` has a status of its own",
    ),
    ("stream", STREAMING),
    ("streaming", STREAMING),
];

const COMPRESSION: &str = "`tower_http::compression::CompressionLayer` goes round the route";
const STREAMING: &str = "a view that returns a stream, an iterator or a reader is streamed";

impl Place {
    /// The content of a function is what it returns.
    fn options(self) -> impl Iterator<Item = &'static (&'static str, Form, &'static str)> {
        let is_here = move |form| self == Self::Struct || !matches!(form, Form::Content);
        OPTIONS.iter().filter(move |(_, form, _)| is_here(*form))
    }

    pub(crate) fn names(self) -> impl Iterator<Item = &'static str> {
        self.options().map(|(name, ..)| *name)
    }
}

/// What an option takes.
pub(crate) fn find_option(name: &Ident) -> Option<(Form, &'static str)> {
    let found = OPTIONS.iter().find(|(known, ..)| name == known);
    found.map(|(_, form, takes)| (*form, *takes))
}

/// The option that takes the same value, by another name or by a slip of the finger.
pub(crate) fn same(option: &str, place: Place) -> Option<&'static str> {
    let is_here = |name: &&str| place.names().any(|known| known == *name);
    let is_another = [&RELATED[..], &ELSEWHERE]
        .iter()
        .any(|table| find(table, option).is_some());
    let slip = || closest(option, place.names()).filter(|_| !is_another);
    find(&SYNONYMS, option).filter(is_here).or_else(slip)
}

pub(crate) fn unknown(option: &str, place: Place) -> String {
    let problem = format!("there is no option `{option}`");
    if let Some(name) = same(option, place).or_else(|| find(&RELATED, option)) {
        return format!("{problem}{}", did_you_mean(name, [name]));
    }
    if let Some(advice) = find(&ELSEWHERE, option) {
        return format!("{problem}; {advice}");
    }
    if option == "content" || find(&SYNONYMS, option) == Some("content") {
        return "the content of a function is what it returns; `content` is for a struct"
            .to_owned();
    }
    let names = place.names().collect::<Vec<_>>().join("`, `");
    format!("{problem}; the options are `{names}`")
}

fn find(table: &[(&str, &'static str)], word: &str) -> Option<&'static str> {
    let found = table.iter().find(|(known, _)| *known == word);
    found.map(|(_, meant)| *meant)
}
