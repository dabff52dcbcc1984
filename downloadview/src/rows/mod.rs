//! Tables: rows that implement `Serialize`, as CSV, TSV, JSON Lines or JSON.
//!
//! [`Rows`] keeps the rows until the file name, and so the format, is known. Then it combines them and an [`Encoder`] into a
//! source.

mod csv;
mod encoder;
mod error;
mod format;
mod json;
mod key;
mod row;
mod sink;
mod source;
mod table;
#[cfg(test)]
mod tests;

use std::{borrow::Cow, fmt, future::Future};

use axum::BoxError;
use futures::Stream;
use serde::{Serialize, ser};

use crate::{
    body::Source,
    content::{Content, HasHeader, IntoContent, Kind, Table, Tabular},
    guard::Guard,
};

pub use self::{
    csv::{Csv, Formulas},
    format::{Format, UnknownFormat},
    sink::RowSink,
};
use encoder::Encoder;
use source::{Fallible, Items, Iter, Plain, Polled};

/// A table to serve: rows that implement [`Serialize`], in the format that the file name determines.
///
/// A view can return an iterator, a stream or a `Vec` of rows directly. Use `Rows` to set the format, the titles or the
/// settings, to add rows from a future ([`Rows::with`]), or to send rows that are scalars or bytes.
///
/// Requires the cargo feature `rows`.
///
/// # Format
///
/// The first of these that names a format decides: [`format`](Self::format), the extension of the basename (`.csv`, `.tsv`,
/// `.jsonl`, `.ndjson` or `.json`), and the option `content_type`. If none does, the answer is a logged 500.
///
/// `Content-Type` follows the format unless the option is set. For CSV, its parameter `header` says whether there is a header
/// (RFC 4180 §3). The answer to `HEAD` leaves it out, because no row is read for it.
///
/// # Rows
///
/// JSON and JSON Lines contain the rows as `serde_json` writes them, one on each line. CSV and TSV have a cell for each field.
/// The keys of the first row are the header:
///
/// - A nested struct has a column for each of its fields, such as `address.city`. If it is `None`, these cells are empty.
/// - If a nested struct is `None` in the first row, only [`columns`](Self::columns) can name its columns.
/// - A skipped field, `None` and `()` are empty cells.
/// - A map, and so a struct with a flattened field, is matched by key. A missing key is an empty cell. A key that the
///   first row did not have is an error unless [`columns`](Self::columns) names it.
/// - Structs and tuples need the same number of cells in each row. Tuples and scalars have no header unless
///   [`columns`](Self::columns) gives titles.
/// - Integers and floats have their shortest form. NaN and infinities are empty.
/// - Unit variants are written by name, and newtypes as their content.
/// - A list or bytes in a cell are an error.
///
/// A row that is a `Result` is an error in every format, because an `Err` must not become data.
///
/// Text that a spreadsheet would run is escaped (see [`Formulas`]).
///
/// # Errors
///
/// A row that fails aborts the download, so the client does not mistake a part of the table for the whole. If the first row
/// fails, the answer is a 500.
///
/// ```
/// use downloadview::{Rows, download_view};
/// use serde::Serialize;
///
/// #[derive(Serialize)]
/// struct Order { id: u64, customer: &'static str, total: f64 }
///
/// #[download_view(basename = "orders.csv", attachment)]
/// async fn orders() -> Rows {
///     let orders = [Order { id: 1, customer: "Ada", total: 9.5 }];
///     Rows::new(orders).columns(["No.", "Customer", "Total"])
/// }
/// # let _ = orders;
/// ```
#[must_use]
pub struct Rows {
    make: Box<dyn FnOnce(Encoder) -> Source + Send>,
    format: Option<Format>,
    settings: Csv,
    titles: Option<Vec<Cow<'static, str>>>,
}

impl Rows {
    /// Serves the rows of an iterator, which runs on the blocking pool.
    ///
    /// ```
    /// use downloadview::Rows;
    ///
    /// let rows = Rows::new((1..=3).map(|number| (number, number * number)));
    /// # let _ = rows;
    /// ```
    pub fn new<T: Serialize>(rows: impl IntoIterator<Item = T, IntoIter: Send + 'static>) -> Self {
        Self::iter(rows.into_iter(), Plain)
    }

    /// Serves the rows of an iterator that may fail. An `Err` aborts the download.
    ///
    /// ```
    /// use std::io::{BufRead, BufReader};
    /// use downloadview::Rows;
    ///
    /// let lines = BufReader::new(&b"Ada\nGrace\n"[..]).lines();
    /// let rows = Rows::try_new(lines).columns(["name"]);
    /// # let _ = rows;
    /// ```
    pub fn try_new<T: Serialize, E: Into<BoxError>>(
        rows: impl IntoIterator<Item = Result<T, E>, IntoIter: Send + 'static>,
    ) -> Self {
        Self::iter(rows.into_iter(), Fallible)
    }

    fn iter<I, K>(rows: I, items: K) -> Self
    where
        I: Iterator + Send + 'static,
        K: Items<I::Item>,
    {
        let rows = Guard::blocking::<I>(rows);
        Self::deferred(|encoder| Source::blocking(Iter::new(rows.into_inner(), encoder, items)))
    }

    /// Serves the rows of a stream.
    ///
    /// ```
    /// use downloadview::Rows;
    /// use futures::stream;
    ///
    /// let rows = Rows::stream(stream::iter([("Ada", 36), ("Grace", 85)]));
    /// # let _ = rows;
    /// ```
    pub fn stream<T: Serialize>(rows: impl Stream<Item = T> + Send + 'static) -> Self {
        Self::deferred(|encoder| Source::polled(Polled::new(rows, encoder, Plain)))
    }

    /// Serves the rows of a stream that may fail. An `Err` aborts the download.
    ///
    /// ```
    /// use std::io;
    /// use downloadview::Rows;
    /// use futures::stream;
    ///
    /// let rows = Rows::try_stream(stream::iter([Ok(("Ada", 36)), Err(io::Error::other("no such table"))]));
    /// # let _ = rows;
    /// ```
    pub fn try_stream<T: Serialize, E: Into<BoxError>>(
        rows: impl Stream<Item = Result<T, E>> + Send + 'static,
    ) -> Self {
        Self::deferred(|encoder| Source::polled(Polled::new(rows, encoder, Fallible)))
    }

    /// Serves the rows that a future adds to a [`RowSink`].
    ///
    /// The future owns everything that the rows borrow, such as the pool of a query's stream. The closure is called when the
    /// first bytes are needed. The future is pending while the client is behind, and dropped when the client leaves.
    ///
    /// # Errors
    ///
    /// An error of the future aborts the download. Its type is [`BoxError`](axum::BoxError), so `?` converts any error and the
    /// closure needs no annotation.
    ///
    /// ```
    /// use std::collections::BTreeMap;
    /// use downloadview::Rows;
    ///
    /// let ages = BTreeMap::from([("Ada".to_owned(), "36"), ("Grace".to_owned(), "85")]);
    /// let rows = Rows::with(async move |mut out| {
    ///     for (name, age) in &ages {
    ///         let age: u32 = age.parse()?;
    ///         out.row(&(name, age)).await?;
    ///     }
    ///     Ok(())
    /// });
    /// # let _ = rows;
    /// ```
    pub fn with<F>(make: impl FnOnce(RowSink) -> F + Send + 'static) -> Self
    where
        F: Future<Output = Result<(), BoxError>> + Send + 'static,
    {
        Self::deferred(|encoder| Source::polled(sink::producer(encoder, make)))
    }

    fn deferred(make: impl FnOnce(Encoder) -> Source + Send + 'static) -> Self {
        Self {
            make: Box::new(make),
            format: None,
            settings: Csv::new(),
            titles: None,
        }
    }

    /// Sets the format, which then does not depend on the file name.
    ///
    /// ```
    /// use downloadview::{Format, Rows};
    ///
    /// let rows = Rows::new([(1, 2)]).format(Format::JsonLines);
    /// # let _ = rows;
    /// ```
    pub fn format(mut self, format: Format) -> Self {
        self.format = Some(format);
        self
    }

    /// Sets how CSV and TSV are written. JSON ignores these settings.
    ///
    /// ```
    /// use downloadview::{Csv, Rows};
    ///
    /// let rows = Rows::new([(1, 2)]).csv(Csv::excel());
    /// # let _ = rows;
    /// ```
    pub fn csv(mut self, settings: Csv) -> Self {
        self.settings = settings;
        self
    }

    /// Sets the titles of CSV and TSV. A table without rows has them too. JSON ignores them.
    ///
    /// For structs and tuples, titles replace the names of the fields, and there must be one for each cell. For maps, and so for
    /// structs with a flattened field, titles are the keys in the order of the columns.
    ///
    /// Nested values that the first row lacks need titles that lead into them. A title such as `address.city` names a column
    /// of a nested struct, and `tags.a` names a key of a map within a struct.
    ///
    /// ```
    /// use std::collections::HashMap;
    /// use downloadview::Rows;
    ///
    /// let first = HashMap::from([("name", "Ada")]);
    /// let second = HashMap::from([("name", "Grace"), ("rank", "Rear Admiral")]);
    /// let rows = Rows::new([first, second]).columns(["name", "rank"]);
    /// # let _ = rows;
    /// ```
    pub fn columns<S: Into<Cow<'static, str>>>(
        mut self,
        titles: impl IntoIterator<Item = S>,
    ) -> Self {
        self.titles = Some(titles.into_iter().map(Into::into).collect());
        self
    }
}

impl Tabular for Rows {
    fn into_table(
        self: Box<Self>,
        basename: Option<&str>,
        content_type: Option<&str>,
    ) -> Result<Table, BoxError> {
        let named = || basename.and_then(Format::of);
        let typed = || content_type.and_then(Format::of_media_type);
        let format = self.format.or_else(named).or_else(typed);
        let format = format.ok_or_else(|| without_format(basename))?;
        let has_header = HasHeader::default();
        let encoder = Encoder::new(format, self.settings, self.titles, has_header.clone())?;
        Ok(Table {
            source: (self.make)(encoder),
            media_type: format.media_type(),
            has_header: Some(has_header).filter(|_| format == Format::Csv),
        })
    }
}

fn without_format(basename: Option<&str>) -> String {
    match basename {
        Some(name) => format!(
            "rows cannot be written as {name:?}: give it the extension `.csv`, `.tsv`, `.jsonl` or `.json`, or the rows a format"
        ),
        None => "rows without a name: give them a `basename` such as \"rows.csv\", or a format"
            .to_owned(),
    }
}

#[diagnostic::do_not_recommend]
impl IntoContent for Rows {
    fn into_content(self) -> Content {
        Content::from_kind(Kind::Rows(Box::new(self)))
    }
}

impl fmt::Debug for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows")
            .field("format", &self.format)
            .field("settings", &self.settings)
            .field("titles", &self.titles)
            .finish_non_exhaustive()
    }
}

/// Returns an error for a `Result`, because its `Err` would be a failure that looks like data.
fn refuse_result<E: ser::Error>(name: &str, variant: &str) -> Result<(), E> {
    if name == "Result" && matches!(variant, "Ok" | "Err") {
        return Err(E::custom(
            "a `Result` is not a row: use `Rows::try_new` or `Rows::try_stream`",
        ));
    }
    Ok(())
}
