//! Content that becomes a source later: rows, once the name of their file is final, and archives, once they are planned.

#[cfg(feature = "rows")]
use std::sync::{Arc, OnceLock};

use axum::BoxError;
#[cfg(feature = "zip")]
use futures::future::BoxFuture;

#[cfg(feature = "zip")]
use super::{Kind, Stamp};
use crate::body::Source;

/// Rows without a format. `Rows` implements it.
#[cfg(feature = "rows")]
pub(crate) trait Tabular: Send {
    /// Converts the rows to a source. The basename or the content type chooses the format, unless it is set.
    fn into_table(
        self: Box<Self>,
        basename: Option<&str>,
        content_type: Option<&str>,
    ) -> Result<Table, BoxError>;
}

/// Rows in their format.
#[cfg(feature = "rows")]
pub(crate) struct Table {
    pub(crate) source: Source,
    pub(crate) media_type: &'static str,
    /// Set for CSV, whose media type tells whether there is a header.
    pub(crate) has_header: Option<HasHeader>,
}

/// Set to true if a CSV file has a header, and to false if not. It is empty until the first bytes are encoded.
#[cfg(feature = "rows")]
pub(crate) type HasHeader = Arc<OnceLock<bool>>;

/// An archive that is not planned yet. `Zip` implements it.
#[cfg(feature = "zip")]
pub(crate) trait Unplanned: Send {
    /// Plans the archive and makes a source of it. No entry is opened.
    fn plan(self: Box<Self>) -> BoxFuture<'static, Result<Archive, BoxError>>;
}

/// A planned archive.
#[cfg(feature = "zip")]
pub(crate) struct Archive {
    pub(crate) source: Source,
    /// The length of the archive. The source can seek if it is known.
    pub(crate) size: Option<u64>,
    pub(crate) validators: Stamp,
    /// True if the source can seek more than once.
    pub(crate) is_repeatable: bool,
}

#[cfg(feature = "zip")]
impl Archive {
    /// Converts the archive to content, for an entry of another archive. Returns its validators, too.
    pub(super) fn into_kind(self) -> (Kind, Stamp) {
        let kind = match self.size {
            Some(_) if self.is_repeatable => Kind::Seekable(self.source, None),
            size => Kind::Forward(self.source, size),
        };
        (kind, self.validators)
    }
}
