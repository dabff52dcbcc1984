//! `Entry`: one file of an archive, and its metadata before it is opened.

use std::{
    borrow::Cow,
    fmt,
    future::{Future, ready},
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use axum::BoxError;
use bytes::Bytes;
use futures::{FutureExt, Stream, future::BoxFuture};
use xxhash_rust::xxh3::xxh3_64;

use super::record::Record;
use crate::{
    content::{Content, IntoChunk, IntoContent, Kind, Stamp},
    decision::Validators,
    error::Error,
    http::entity_tag::EntityTag,
};

/// One file of a [`Zip`](crate::Zip): the source of its bytes, and its metadata.
///
/// Any content can be added to an archive directly. Use an `Entry` for files and objects that are opened only when their bytes are
/// needed, and to give content a size, a date, a tag or a CRC.
///
/// ```
/// use downloadview::{Entry, Zip};
///
/// let mut zip = Zip::new();
/// zip.add("photo.jpg", Entry::file("/srv/photos/1.jpg"));
/// zip.add("notes.txt", Entry::new("Enjoy!\n").last_modified(std::time::SystemTime::now()));
/// # let _ = zip;
/// ```
#[must_use]
pub struct Entry {
    pub(super) supply: Supply,
    /// The number of bytes of the content, where it is known.
    pub(super) size: Option<u64>,
    pub(super) checksum: Checksum,
    /// The time that the archive gives to the file.
    pub(super) modified: Option<SystemTime>,
    pub(super) validator: Validator,
    pub(super) is_deflated: bool,
}

/// The origin of the content of an entry.
pub(super) enum Supply {
    /// A directory, which has no content.
    Directory,
    /// A directory whose files become entries when the archive is planned.
    Tree(Box<Path>),
    /// Bytes in memory. They are boxed because an archive may have many entries of other kinds.
    Memory(Box<Bytes>),
    File {
        path: Box<Path>,
        /// The time of modification when the archive was planned, as [`nanoseconds`].
        modified: u64,
        /// False for a file that was found in a tree, which must not be a symbolic link.
        follows_links: bool,
    },
    /// Content that can be opened any number of times.
    Open(Arc<dyn Fn() -> BoxFuture<'static, Result<Content, BoxError>> + Send + Sync>),
    /// Content that can be produced once, unless it can seek.
    Content(Box<Content>),
    /// Content that was taken.
    Taken,
    /// A setter got an invalid value.
    Failed(Box<Error>),
}

/// The CRC-32 of the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Checksum {
    Unknown,
    /// Given by the user, or that of bytes in memory. It is part of the plan.
    Declared(u32),
    /// Found by reading the content. The bytes of the archive must not depend on when it is found.
    Found(u32),
}

/// Evidence that the content is the same as before: a hash of its tag or its date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Validator(u64);

impl Validator {
    pub(super) const NONE: Self = Self(0);
    /// A weak tag, which does not promise the same bytes.
    pub(super) const WEAK: Self = Self(1);

    pub(super) fn strong(evidence: &[u8]) -> Self {
        Self(xxh3_64(evidence).max(2))
    }

    /// Returns the hash, if the evidence is strong.
    pub(super) fn evidence(self) -> Option<u64> {
        (self.0 > Self::WEAK.0).then_some(self.0)
    }

    fn of_tag(tag: &EntityTag) -> Self {
        if tag.is_strong() {
            Self::strong(tag.as_header_value().as_bytes())
        } else {
            Self::WEAK
        }
    }

    /// Returns the validator that an entity tag and a date amount to (RFC 9110 §8.8.2.2).
    fn of_stamp(stamp: &Stamp) -> Self {
        let validators = Validators {
            etag: stamp.etag.as_ref(),
            last_modified: stamp.last_modified,
        };
        match (&stamp.etag, stamp.last_modified) {
            (Some(tag), _) => Self::of_tag(tag),
            (None, Some(time)) if validators.are_strong() => {
                Self::strong(&nanoseconds(time).to_le_bytes())
            }
            _ => Self::NONE,
        }
    }
}

/// A type that can be an entry of a [`Zip`](crate::Zip): an [`Entry`], and everything that is content.
///
/// ```
/// use downloadview::{Content, Entry, IntoEntry};
///
/// let entries = [
///     "Hello world!\n".into_entry(),
///     Content::from_reader(std::io::empty()).into_entry(),
///     Entry::file("/srv/report.pdf").into_entry(),
/// ];
/// # let _ = entries;
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not something to put into an archive",
    label = "neither an `Entry` nor content",
    note = "a path is a file after `Entry::file(…)`; streams, iterators and readers are content after `Content::from_stream(…)` and the like"
)]
pub trait IntoEntry {
    /// Converts the value into an entry.
    fn into_entry(self) -> Entry;
}

impl IntoEntry for Entry {
    fn into_entry(self) -> Entry {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<T: IntoContent> IntoEntry for T {
    fn into_entry(self) -> Entry {
        Entry::new(self)
    }
}

impl Entry {
    /// Takes content as it is.
    ///
    /// Its size, its date and its validator are used where it knows them: those of a [`Download`](crate::Download), a file or a
    /// response. Other settings, such as a name, are about a download and do not apply. Content in memory has a CRC, and a size, from
    /// the start.
    ///
    /// ```
    /// use downloadview::{Content, Download, Entry};
    ///
    /// let text = Entry::new("Enjoy!\n");
    /// let rows = Entry::new(Content::from_chunks((1..=3).map(|id| format!("{id}\n"))));
    /// let report = Entry::new(Download::from_stream(futures::stream::iter(["a\n"])).size(2).etag("v1"));
    /// # let _ = (text, rows, report);
    /// ```
    pub fn new(content: impl IntoContent) -> Self {
        match content.into_content() {
            Content {
                kind: Kind::Memory(bytes),
                settings: None,
                metadata: None,
                ..
            } => Self {
                size: Some(bytes.len() as u64),
                ..Self::of(Supply::Memory(Box::new(bytes)))
            },
            content => Self::of(Supply::Content(Box::new(content))),
        }
    }

    /// Takes a file from a file system.
    ///
    /// Its length and its time are read when the archive is planned, on the blocking pool. The file is opened when its bytes are due.
    /// It must have the same length and time then, and still have them at its end.
    ///
    /// The path is used as it is, and symbolic links are followed. Check a path that contains text from the request first.
    ///
    /// # Errors
    ///
    /// A file that does not exist when the archive is planned is a 404. A file that cannot be read, a directory, or a file that
    /// changes while the archive is sent makes the download fail; the error names the entry.
    ///
    /// ```
    /// let entry = downloadview::Entry::file("/srv/photos/1.jpg");
    /// # let _ = entry;
    /// ```
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self::of(Supply::File {
            path: path.into().into_boxed_path(),
            modified: 0,
            follows_links: true,
        })
    }

    /// Takes content of `size` bytes that `open` opens when they are due.
    ///
    /// `open` may be called more than once for a request, and is not called for one that is answered without the content. Give the
    /// entry an [`etag`](Self::etag) or a [`crc32`](Self::crc32), or the archive has neither an entity tag nor ranges.
    ///
    /// # Errors
    ///
    /// The download fails if `open` fails, or if the content has another size. The error names the entry.
    ///
    /// ```
    /// use std::io;
    /// use downloadview::Entry;
    ///
    /// async fn fetch(id: u32) -> io::Result<Vec<u8>> {
    ///     Ok(id.to_le_bytes().to_vec())
    /// }
    ///
    /// let entry = Entry::open(4, || fetch(7)).etag("7-v1");
    /// # let _ = entry;
    /// ```
    pub fn open<F, C, E>(size: u64, open: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<C, E>> + Send + 'static,
        C: IntoContent,
        E: Into<BoxError>,
    {
        let open = move || {
            let content = open().map(|opened| match opened {
                Ok(content) => Ok(content.into_content()),
                Err(error) => Err(error.into()),
            });
            content.boxed()
        };
        Self::of(Supply::Open(Arc::new(open))).size(size)
    }

    /// Takes content of `size` bytes that `open` can produce from any offset, such as an object of a store.
    ///
    /// Only the part that is sent is opened. `open` is called as that of [`Content::from_ranges`](crate::Content::from_ranges) is. Where
    /// the CRC is needed and not declared, the whole content is opened.
    ///
    /// # Errors
    ///
    /// The download fails if `open` fails, or if a stream is not as long as its range. The error names the entry.
    ///
    /// ```
    /// use std::{io, ops::Range};
    /// use downloadview::Entry;
    /// use futures::{Stream, stream};
    ///
    /// async fn fetch(range: Range<u64>) -> io::Result<impl Stream<Item = io::Result<Vec<u8>>>> {
    ///     Ok(stream::iter([Ok(vec![b'x'; (range.end - range.start) as usize])]))
    /// }
    ///
    /// let entry = Entry::open_range(1_000_000, fetch).etag("v1").crc32(0xE1C1_1A8E);
    /// # let _ = entry;
    /// ```
    pub fn open_range<F, S, T, E>(
        size: u64,
        open: impl Fn(Range<u64>) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<S, E>> + Send + 'static,
        S: Stream<Item = T> + Send + 'static,
        T: IntoChunk,
        E: Into<BoxError> + 'static,
    {
        let open = Arc::new(open);
        let open = move || {
            let open = Arc::clone(&open);
            ready(Ok(Content::from_ranges(size, move |range| open(range)))).boxed()
        };
        Self::of(Supply::Open(Arc::new(open))).size(size)
    }

    /// Sets the number of bytes of the content, which must be exact.
    ///
    /// An archive has a length, and can have ranges, if all sizes are known.
    ///
    /// ```
    /// use downloadview::{Content, Entry};
    ///
    /// let entry = Entry::new(Content::from_reader(std::io::empty())).size(0);
    /// # let _ = entry;
    /// ```
    pub fn size(self, bytes: u64) -> Self {
        Self {
            size: Some(bytes),
            ..self
        }
    }

    /// Sets the CRC-32 of the content, the checksum of ZIP and gzip (APPNOTE §4.4.7).
    ///
    /// With it, any range is sent without reading anything else. It also tells one version of the content from another, so the entry
    /// needs no entity tag. An entry that is sent as a whole is checked against it.
    ///
    /// ```
    /// let entry = downloadview::Entry::file("/srv/photos/1.jpg").crc32(0xCBF4_3926);
    /// # let _ = entry;
    /// ```
    pub fn crc32(self, checksum: u32) -> Self {
        Self {
            checksum: Checksum::Declared(checksum),
            ..self
        }
    }

    /// Sets the entity tag of the content (RFC 9110 §8.8.3). A strong one promises the same bytes each time.
    ///
    /// It becomes part of the entity tag of the archive. A value that is not an entity tag makes the download fail.
    ///
    /// ```
    /// let entry = downloadview::Entry::new(downloadview::Content::from_reader(std::io::empty())).etag("v1");
    /// # let _ = entry;
    /// ```
    pub fn etag(self, value: impl Into<Cow<'static, str>>) -> Self {
        let value = value.into();
        let Some(tag) = EntityTag::parse(&value) else {
            let error = Error::new("etag", value, EntityTag::EXPECTED);
            return Self::of(Supply::Failed(Box::new(error)));
        };
        Self {
            validator: Validator::of_tag(&tag),
            ..self
        }
    }

    /// Sets the time that the archive gives to the file, in whole seconds.
    ///
    /// An entry whose time is not known has the first of MS-DOS, 1980-01-01.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    ///
    /// let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    /// let entry = downloadview::Entry::new("Enjoy!\n").last_modified(time);
    /// # let _ = entry;
    /// ```
    pub fn last_modified(self, time: impl Into<SystemTime>) -> Self {
        Self {
            modified: Some(time.into()),
            ..self
        }
    }

    /// Compresses the content (APPNOTE §4.4.5), on the blocking pool.
    ///
    /// The compressed size is not known beforehand, so the archive has no length and no ranges. Content of unknown size is
    /// always compressed with the feature `deflate`.
    ///
    /// Requires the cargo feature `deflate`.
    ///
    /// ```
    /// let entry = downloadview::Entry::file("/srv/logs/2024.log").deflate();
    /// # let _ = entry;
    /// ```
    #[cfg(feature = "deflate")]
    pub fn deflate(self) -> Self {
        Self {
            is_deflated: true,
            ..self
        }
    }

    pub(super) fn of(supply: Supply) -> Self {
        Self {
            supply,
            size: None,
            checksum: Checksum::Unknown,
            modified: None,
            validator: Validator::NONE,
            is_deflated: false,
        }
    }

    pub(super) fn directory() -> Self {
        Self {
            size: Some(0),
            checksum: Checksum::Declared(0),
            ..Self::of(Supply::Directory)
        }
    }

    /// Adds what the content says of itself, where nothing else was set.
    pub(super) fn add_stamp(&mut self, stamp: &Stamp) {
        self.modified = self.modified.or(stamp.last_modified);
        if self.validator == Validator::NONE {
            self.validator = Validator::of_stamp(stamp);
        }
    }

    /// Uses the time as a validator if there is no other.
    pub(super) fn settle_validator(&mut self) {
        if self.validator == Validator::NONE {
            self.validator = Validator::of_stamp(&Stamp {
                etag: None,
                last_modified: self.modified,
            });
        }
    }

    pub(super) fn record<'a>(&self, name: &'a str) -> Record<'a> {
        Record {
            name,
            modified: self.modified,
            is_deflated: self.is_deflated,
            size: self.size.filter(|_| !self.is_deflated),
            crc32: match self.checksum {
                Checksum::Declared(crc32) => Some(crc32),
                Checksum::Unknown | Checksum::Found(_) => None,
            },
        }
    }

    /// Returns the CRC if it is known, by whatever means.
    pub(super) fn crc32_or_found(&self) -> Option<u32> {
        match self.checksum {
            Checksum::Declared(crc32) | Checksum::Found(crc32) => Some(crc32),
            Checksum::Unknown => None,
        }
    }

    /// Returns true if the content can be read any number of times.
    pub(super) fn is_repeatable(&self) -> bool {
        match &self.supply {
            Supply::Content(content) => {
                matches!(content.kind, Kind::Seekable(..) | Kind::Memory(_))
            }
            Supply::Taken => false,
            _ => true,
        }
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("content", &self.supply)
            .field("size", &self.size)
            .field("checksum", &self.checksum)
            .field("modified", &self.modified)
            .field("is_deflated", &self.is_deflated)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Supply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory => f.write_str("directory"),
            Self::Tree(root) => write!(f, "tree {root:?}"),
            Self::Memory(bytes) => write!(f, "{} bytes", bytes.len()),
            Self::File { path, .. } => write!(f, "file {path:?}"),
            Self::Open(_) => f.write_str("closure"),
            Self::Content(content) => content.fmt(f),
            Self::Taken => f.write_str("taken"),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

/// Returns a number that differs for any two times that files have.
pub(super) fn nanoseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH);
    let (nanos, is_before) = match since {
        Ok(after) => (after.as_nanos(), false),
        Err(before) => (before.duration().as_nanos(), true),
    };
    let nanos = u64::try_from(nanos).unwrap_or(u64::MAX);
    if is_before { !nanos } else { nanos }
}
