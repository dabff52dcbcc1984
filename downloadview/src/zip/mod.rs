//! `Zip`: many files as one archive, with its exact size and ranges.
//!
//! An archive is planned first: names, sizes and times give the place of every byte ([`layout`]) and the entity tag. Then it is read like
//! any source that can seek ([`source`]), and an entry is opened when its bytes are due ([`reading`]). An archive with an entry of unknown
//! size has no layout; it is written from its start to its end ([`stream`]).

mod checksums;
#[cfg(feature = "deflate")]
mod deflate;
mod entry;
mod error;
mod layout;
mod names;
mod plan;
mod reading;
mod record;
mod source;
mod steps;
mod stream;

use std::{fmt, path::PathBuf};

use axum::BoxError;
use futures::future::BoxFuture;

use self::{
    entry::Supply,
    layout::Layout,
    plan::{Member, Plan},
    source::ArchiveSource,
    stream::ArchiveStream,
};
use crate::{
    body::Source,
    content::{Archive, Content, IntoContent, Kind, Unplanned},
};

pub use entry::{Entry, IntoEntry};
pub(crate) use error::EntryError;

/// An archive in the ZIP format, to be served like any content.
///
/// Nothing is compressed or built beforehand. If the sizes of all entries are known, the archive has its exact length and ranges, and a
/// range opens only the entries that it touches. Its entity tag is made of the paths, sizes, times and validators of the entries.
///
/// ```
/// use axum::extract::Path;
/// use downloadview::{Entry, Zip, download_view};
///
/// #[download_view(basename = "album-{id}.zip", attachment)]
/// async fn album(Path(id): Path<u32>) -> Zip {
///     let mut zip = Zip::new();
///     zip.add("read me.txt", "Enjoy!\n");
///     zip.add("cover.jpg", Entry::file(format!("/srv/albums/{id}/cover.jpg")));
///     zip
/// }
/// # let _ = album;
/// ```
///
/// # Sizes
///
/// If the size of an entry is unknown, as of a stream without a [`size`](Entry::size), or if an entry is compressed, the whole archive
/// has no length and no ranges.
///
/// # Ranges
///
/// An archive has ranges if each entry has a CRC or a strong validator. Files have one by their length and time, content in memory by its
/// bytes, and other content by [`Entry::etag`] or [`Entry::crc32`]. Where a range needs a CRC that was not declared, the entry is read for
/// it, unless it is a file that was read as a whole before.
///
/// Several ranges in one request are answered only if all entries can be opened again. Otherwise the answer is the whole archive.
///
/// # Names
///
/// Any string is a path. Backslashes become slashes, drive letters and components such as `..` are dropped, and each component is made
/// safe as a basename is. A path that clashes with an earlier one gets a number, as in `name (2).txt`, also if the two differ only in case
/// or in the way an accent is written.
///
/// # Errors
///
/// An entry that fails makes the download fail, and the error names the entry. The first entry is opened before the answer begins, which
/// is a 404 if a file does not exist and a 500 otherwise. Nothing is left out silently.
///
/// Requires the cargo feature `zip`.
#[must_use]
#[derive(Default)]
pub struct Zip {
    members: Vec<Member>,
}

impl Zip {
    /// Creates an archive without entries.
    ///
    /// ```
    /// let zip = downloadview::Zip::new();
    /// # let _ = zip;
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an entry: an [`Entry`], or anything that is content.
    ///
    /// ```
    /// use downloadview::{Entry, Zip};
    ///
    /// let mut zip = Zip::new();
    /// zip.add("notes/read me.txt", "Enjoy!\n")
    ///     .add("photo.jpg", Entry::file("/srv/photos/1.jpg"));
    /// # let _ = zip;
    /// ```
    #[allow(
        clippy::return_self_not_must_use,
        reason = "the archive was changed in place"
    )]
    pub fn add(&mut self, path: impl Into<String>, entry: impl IntoEntry) -> &mut Self {
        self.push(path.into(), entry.into_entry())
    }

    /// Adds a directory, which may stay empty. The directories of files need not be added.
    ///
    /// ```
    /// let mut zip = downloadview::Zip::new();
    /// zip.directory("incoming");
    /// # let _ = zip;
    /// ```
    pub fn directory(&mut self, path: impl Into<String>) -> &mut Self {
        self.push(path.into(), Entry::directory())
    }

    /// Adds all files under the directory `root`, with paths that begin with `prefix`, and its empty directories.
    ///
    /// The tree is walked when the archive is planned, on the blocking pool, in the order of the names. Symbolic links are not followed
    /// and not added, and neither are pipes, sockets and devices.
    ///
    /// ```
    /// let mut zip = downloadview::Zip::new();
    /// zip.tree("photos", "/srv/photos");
    /// # let _ = zip;
    /// ```
    pub fn tree(&mut self, prefix: impl Into<String>, root: impl Into<PathBuf>) -> &mut Self {
        let root = root.into().into_boxed_path();
        self.push(prefix.into(), Entry::of(Supply::Tree(root)))
    }

    fn push(&mut self, path: String, entry: Entry) -> &mut Self {
        self.members.push(Member {
            name: path.into_boxed_str(),
            entry,
        });
        self
    }
}

impl Unplanned for Zip {
    // The future is boxed, because an archive may be an entry of another.
    fn plan(self: Box<Self>) -> BoxFuture<'static, Result<Archive, BoxError>> {
        Box::pin(async {
            let Plan {
                members,
                layout,
                validators,
            } = Plan::of(self.members).await?;
            let is_repeatable = members.iter().all(|member| member.entry.is_repeatable());
            let size = layout.as_ref().map(Layout::total);
            let source = match layout {
                Some(layout) => Source::polled(ArchiveSource::new(members, layout)),
                None => Source::polled(ArchiveStream::new(members)),
            };
            Ok(Archive {
                source,
                size,
                validators,
                is_repeatable,
            })
        })
    }
}

#[diagnostic::do_not_recommend]
impl IntoContent for Zip {
    fn into_content(self) -> Content {
        Content::from_kind(Kind::Archive(Box::new(self)))
    }
}

impl<P: Into<String>, E: IntoEntry> Extend<(P, E)> for Zip {
    fn extend<I: IntoIterator<Item = (P, E)>>(&mut self, entries: I) {
        let entries = entries.into_iter();
        self.members.reserve(entries.size_hint().0);
        for (path, entry) in entries {
            self.add(path, entry);
        }
    }
}

impl<P: Into<String>, E: IntoEntry> FromIterator<(P, E)> for Zip {
    fn from_iter<I: IntoIterator<Item = (P, E)>>(entries: I) -> Self {
        let mut zip = Self::new();
        zip.extend(entries);
        zip
    }
}

impl fmt::Debug for Zip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let members = self.members.iter();
        f.debug_map()
            .entries(members.map(|member| (&member.name, &member.entry)))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::{layout::Place, plan::Member};

    #[test]
    fn entry_takes_120_bytes_beside_its_paths() {
        assert!(size_of::<Member>() + size_of::<Place>() <= 120);
    }
}
