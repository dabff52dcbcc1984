//! The names of the options, each with what it takes.
//!
//! The macros match on [`OptionName`] to read an option, the runtime to set it. An option that is added here and
//! forgotten there does not compile.

macro_rules! options {
    ($($(#[$doc:meta])* $option:ident = $word:literal: $takes:literal;)*) => {
        /// The name of an option.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum OptionName {
            $($(#[$doc])* $option,)*
        }

        impl OptionName {
            /// All options, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$option),*];

            /// Returns the name as users write it.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$option => $word,)*
                }
            }

            /// Returns what the option takes, as the end of a sentence.
            pub const fn takes(self) -> &'static str {
                match self {
                    $(Self::$option => $takes,)*
                }
            }
        }
    };
}

options! {
    /// The name of the file.
    Basename = "basename": "text, as in `basename = \"report.csv\"`";
    /// Saves the file.
    Attachment = "attachment": "a `bool` or no value; for the name of the file, write `basename = …`";
    /// Shows the file in the browser.
    Inline = "inline": "no value; for a condition, write `attachment = …`";
    /// The media type.
    ContentType = "content_type": "text, as in `content_type = \"text/csv\"`";
    /// The `charset` parameter of the media type.
    Charset = "charset": "a string literal, as in `charset = \"utf-8\"`";
    /// No `charset` parameter.
    NoCharset = "no_charset": "no value; write `no_charset`";
    /// Turns ranges on or off.
    Ranges = "ranges": "a `bool`, as in `ranges = false`";
    /// The exact number of bytes.
    Size = "size": "a number of bytes, as in `size = 1024`";
    /// The entity tag.
    Etag = "etag": "text, as in `etag = \"v1\"`";
    /// The time of the last change.
    LastModified = "last_modified": "a `SystemTime`, as in `last_modified = SystemTime::now()`";
    /// The value of `Cache-Control`.
    CacheControl = "cache_control": "text, as in `cache_control = \"no-store\"`";
    /// Any other header field.
    Header = "header": "a name and a value, as in `header(\"X-Name\", \"value\")`";
    /// The time that the client has to take data.
    SendTimeout = "send_timeout": "a `Duration`, as in `send_timeout = Duration::from_secs(60)`";
    /// The time that the source has to produce data.
    StallTimeout = "stall_timeout": "a `Duration`, as in `stall_timeout = Duration::from_secs(30)`";
    /// A callback for the end of the download.
    OnFinish = "on_finish": "a closure, as in `on_finish = |outcome| { … }`";
    /// The source of a struct's content.
    Content = "content": "the name of a method, as in `content = rows`";
    /// Runs a plain function on the blocking pool.
    Blocking = "blocking": "no value; write `blocking`";
    /// The path of the library.
    Crate = "crate": "a path, as in `crate = path::to::downloadview`";
}

impl OptionName {
    /// Returns the option of this name.
    pub fn parse(word: &str) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|option| option.as_str() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_parsed_to_their_options() {
        for option in OptionName::ALL {
            assert_eq!(OptionName::parse(option.as_str()), Some(*option));
        }
        assert_eq!(OptionName::parse("filename"), None);
    }
}
