//! The names of options, and the words that users of other libraries write instead.

use downloadview_grammar::{options::OptionName, spelling::closest};
use syn::Ident;

use crate::errors::did_you_mean;

/// The kind of item that has the options.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Target {
    Function,
    Struct,
}

/// Other names for an option, with the same value.
const SYNONYMS: [(&str, OptionName); 21] = [
    ("as_attachment", OptionName::Attachment),
    ("attachment_filename", OptionName::Basename),
    ("body", OptionName::Content),
    ("content_length", OptionName::Size),
    ("data", OptionName::Content),
    ("download", OptionName::Attachment),
    ("download_name", OptionName::Basename),
    ("file", OptionName::Content),
    ("file_name", OptionName::Basename),
    ("filename", OptionName::Basename),
    ("get_file", OptionName::Content),
    ("length", OptionName::Size),
    ("media_type", OptionName::ContentType),
    ("mime", OptionName::ContentType),
    ("mime_type", OptionName::ContentType),
    ("mimetype", OptionName::ContentType),
    ("modified", OptionName::LastModified),
    ("mtime", OptionName::LastModified),
    ("name", OptionName::Basename),
    ("timeout", OptionName::StallTimeout),
    ("type", OptionName::ContentType),
];

/// Names for what an option does with another value.
const RELATED: [(&str, OptionName); 5] = [
    ("cache", OptionName::CacheControl),
    ("content_disposition", OptionName::Attachment),
    ("disposition", OptionName::Attachment),
    ("encoding", OptionName::Charset),
    ("headers", OptionName::Header),
];

/// Names for what is not an option, with advice.
const ELSEWHERE: [(&str, &str); 9] = [
    ("compress", COMPRESSION),
    ("compression", COMPRESSION),
    (
        "file",
        "to serve a file, return `Content::from_path(path).await`",
    ),
    ("max_age", "write `cache_control = \"max-age=60\"`"),
    ("method", "the router chooses the method, as in `get(view)`"),
    (
        "path",
        "to serve a file, return `Content::from_path(path).await`",
    ),
    (
        "status",
        "to answer with another status than 200, return an `Err`",
    ),
    ("stream", STREAMING),
    ("streaming", STREAMING),
];

const COMPRESSION: &str =
    "to compress responses, add `tower_http::compression::CompressionLayer` to the router";
const STREAMING: &str =
    "a view streams its content if it returns a stream, an iterator or a reader";

impl Target {
    /// Returns the option of this name.
    pub(crate) fn option(self, name: &Ident) -> Option<OptionName> {
        let option = OptionName::parse(&name.to_string())?;
        self.has(option).then_some(option)
    }

    /// Returns false for the content of a function, which is its return value.
    fn has(self, option: OptionName) -> bool {
        self == Self::Struct || option != OptionName::Content
    }

    fn names(self) -> impl Iterator<Item = &'static str> {
        let options = OptionName::ALL.iter().filter(move |one| self.has(**one));
        options.map(|option| option.as_str())
    }
}

/// Returns the option that takes the same value, if `word` is another name for it or misspelt.
pub(crate) fn same(word: &str, target: Target) -> Option<OptionName> {
    let synonym = find(&SYNONYMS, word).filter(|option| target.has(*option));
    let is_another = find(&RELATED, word).is_some() || find(&ELSEWHERE, word).is_some();
    synonym.or_else(|| {
        let misspelt = closest(word, target.names()).filter(|_| !is_another)?;
        OptionName::parse(misspelt)
    })
}

/// Returns the message about a word that is not an option.
pub(crate) fn unknown(word: &str, target: Target) -> String {
    if word == "self" {
        return "expected the name of an option, found `self`".to_owned();
    }
    let problem = format!("unknown option `{word}`");
    if let Some(option) = same(word, target).or_else(|| find(&RELATED, word)) {
        let name = option.as_str();
        return format!("{problem}{}", did_you_mean(name, [name]));
    }
    if let Some(advice) = find(&ELSEWHERE, word) {
        return format!("{problem}; {advice}");
    }
    let is_content = OptionName::parse(word).or_else(|| find(&SYNONYMS, word));
    if is_content == Some(OptionName::Content) {
        return format!(
            "`{word}` cannot be used on a function, because a function returns its content"
        );
    }
    let names = target.names().collect::<Vec<_>>().join("`, `");
    format!("{problem}; expected one of `{names}`")
}

fn find<T: Copy>(table: &[(&str, T)], word: &str) -> Option<T> {
    let found = table.iter().find(|(known, _)| *known == word);
    found.map(|(_, meant)| *meant)
}
