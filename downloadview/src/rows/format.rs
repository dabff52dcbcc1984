//! `Format`: the formats of a table, and their names.

use std::{error, fmt, str::FromStr};

use serde::{
    Deserialize, Deserializer,
    de::{self, Visitor},
};

use crate::http::media_type::NDJSON;

/// The format of a table.
///
/// It can be extracted from a path or a query, where it is written as the extension of a file. The case does not
/// matter, and `ndjson` is another name of `jsonl`.
///
/// ```
/// use axum::extract::Path;
/// use downloadview::{Format, Rows, download_view};
///
/// // /squares/csv, /squares/jsonl, …
/// #[download_view(basename = "squares.{format}", attachment)]
/// async fn squares(Path(format): Path<Format>) -> Rows {
///     Rows::new((1..=3).map(|number| (number, number * number))).columns(["number", "square"])
/// }
/// # let _ = squares;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// Comma-separated values (RFC 4180).
    Csv,
    /// Tab-separated values, quoted as CSV is.
    Tsv,
    /// A JSON value on each line, also known as NDJSON.
    JsonLines,
    /// One JSON array (RFC 8259) with a row on each line.
    Json,
}

impl Format {
    const ALL: [Self; 4] = [Self::Csv, Self::Tsv, Self::JsonLines, Self::Json];

    /// Returns the format that the extension of `basename` names.
    ///
    /// ```
    /// use downloadview::Format;
    ///
    /// assert_eq!(Format::of("orders.2026.csv"), Some(Format::Csv));
    /// assert_eq!(Format::of("orders.ndjson"), Some(Format::JsonLines));
    /// assert_eq!(Format::of("orders.csv.gz"), None);
    /// ```
    pub fn of(basename: &str) -> Option<Self> {
        let (_, extension) = basename.rsplit_once('.')?;
        extension.parse().ok()
    }

    /// Returns the extension of files in this format.
    ///
    /// ```
    /// assert_eq!(downloadview::Format::JsonLines.extension(), "jsonl");
    /// ```
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::JsonLines => "jsonl",
            Self::Json => "json",
        }
    }

    /// Returns the media type of this format, without parameters.
    ///
    /// `text/csv` is registered by RFC 7111, `text/tab-separated-values` by IANA and `application/json` by RFC 8259.
    /// `application/x-ndjson` is not registered; the NDJSON specification suggests it.
    ///
    /// ```
    /// assert_eq!(downloadview::Format::Csv.media_type(), "text/csv");
    /// ```
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv",
            Self::Tsv => "text/tab-separated-values",
            Self::JsonLines => NDJSON,
            Self::Json => "application/json",
        }
    }

    /// Returns the format that a value of `Content-Type` names.
    pub(super) fn of_media_type(value: &str) -> Option<Self> {
        let essence = value.split(';').next().unwrap_or_default().trim();
        let is_named = |format: &Self| format.media_type().eq_ignore_ascii_case(essence);
        Self::ALL.into_iter().find(is_named)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.extension())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        if text.eq_ignore_ascii_case("ndjson") {
            return Ok(Self::JsonLines);
        }
        let is_named = |format: &Self| format.extension().eq_ignore_ascii_case(text);
        let found = Self::ALL.into_iter().find(is_named);
        found.ok_or_else(|| UnknownFormat(text.into()))
    }
}

impl<'de> Deserialize<'de> for Format {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;

        impl Visitor<'_> for Name {
            type Value = Format;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`csv`, `tsv`, `jsonl` or `json`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Format, E> {
                text.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_str(Name)
    }
}

/// The error of text that names no [`Format`].
///
/// ```
/// let error = "pdf".parse::<downloadview::Format>().unwrap_err();
/// assert_eq!(error.to_string(), "unknown format \"pdf\": expected `csv`, `tsv`, `jsonl` or `json`");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownFormat(Box<str>);

impl fmt::Display for UnknownFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "unknown format {:?}: expected `csv`, `tsv`, `jsonl` or `json`",
            self.0
        )
    }
}

impl error::Error for UnknownFormat {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_named_by_its_extension_in_any_case() {
        for format in Format::ALL {
            let name = format!("a.b.{format}");
            assert_eq!(Format::of(&name), Some(format));
            assert_eq!(Format::of(&name.to_uppercase()), Some(format));
            assert_eq!(format.extension().parse(), Ok(format));
        }
        for name in ["a.NDJSON", "ndjson.ndjson"] {
            assert_eq!(Format::of(name), Some(Format::JsonLines));
        }
        for name in ["", "csv", ".", "a.", "a.csv.gz", "a.csvx", "a. csv"] {
            assert_eq!(Format::of(name), None, "{name}");
        }
    }

    #[test]
    fn the_macros_know_the_same_extensions() {
        for extension in downloadview_grammar::table::EXTENSIONS {
            assert!(extension.parse::<Format>().is_ok(), "{extension}");
        }
        for format in Format::ALL {
            assert!(downloadview_grammar::table::is_extension(
                format.extension()
            ));
        }
    }

    #[test]
    fn a_format_is_named_by_its_media_type() {
        for format in Format::ALL {
            let value = format!("{}; charset=utf-8", format.media_type().to_uppercase());
            assert_eq!(Format::of_media_type(&value), Some(format));
        }
        assert_eq!(Format::of_media_type("text/plain"), None);
    }

    #[cfg(feature = "mime_guess")]
    #[test]
    fn the_media_type_is_that_of_the_extension() {
        for format in Format::ALL {
            let guess = crate::http::media_type::guess(&format!("a.{format}"));
            assert_eq!(guess, Some(format.media_type()));
        }
    }
}
