//! `Content`: where the bytes of a file come from, and what may become one.

mod chunk;
mod file;
mod iterator;
mod memory;
mod reader;
mod stamp;
mod stream;
mod writer;

use std::{
    borrow::{Borrow, Cow},
    fmt,
    fs::File,
    future::Future,
    io::{Read, Seek, Write},
    pin::Pin,
    sync::Arc,
    time::SystemTime,
};

use axum::{
    BoxError,
    body::Body,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::Stream;
use tokio::io::{AsyncRead, AsyncSeek};

use crate::{
    body::{Source, blocking::BlockingSource, guard::Guard, source::AsyncSource},
    metadata::Metadata,
};

pub use chunk::IntoChunk;
pub(crate) use stamp::Stamp;
pub(crate) use stream::ResponseBody;
pub use writer::limit_writers;

/// Where the bytes of a file come from: memory, a reader, a stream, an iterator, a writer closure or a response.
///
/// A function under `#[download_view]` returns what becomes content by itself; the constructors are for types of your
/// own ([`IntoContent`]), for [`Download`](crate::Download) without the attribute, and for [`DownloadView::content`](crate::DownloadView::content).
///
/// What is streamed and of unknown size, but ends within 64 KiB and a few milliseconds without a pause, is sent like
/// bytes, with its length, an entity tag and ranges. Only of what a writer closure did not flush is that certain: give a
/// `size` and an `etag` to what must be resumable.
///
/// ```
/// use std::io::{self, Write};
/// use downloadview::{Content, Download};
///
/// let rows = Content::from_writer(|out: &mut dyn Write| -> io::Result<()> {
///     writeln!(out, "id,name")?;
///     writeln!(out, "1,Ada")
/// });
/// let download = Download::new(rows).basename("people.csv").attachment();
/// # let _ = download;
/// ```
#[must_use]
pub struct Content {
    pub(crate) kind: Kind,
    /// Whether it is text, should nothing else tell its type.
    pub(crate) is_text: bool,
    /// What a download sets, whose content this is. It wins over the options of a view.
    pub(crate) settings: Option<Box<Metadata>>,
    /// What the content brings by itself, such as the name of a file. Anything that is set wins over it.
    pub(crate) metadata: Option<Box<Metadata>>,
}

/// The kinds that are served in different ways.
pub(crate) enum Kind {
    /// All there.
    Memory(Bytes),
    /// Readable from any position; with its validators, where it has some.
    Seekable(Source, Option<Box<Stamp>>),
    /// Produced once, from the first byte to the last; with its size, where that is known.
    Forward(Source, Option<u64>),
    /// Made up by the kernel while it is read, and other bytes each time: without a size, a tag or ranges.
    Generated(Source),
    /// An answer with a head of its own.
    Response(Box<Response>),
    /// A view, whose own metadata come before its content.
    View(Guard<Box<dyn TwoSteps>>),
    /// A file whose last operation may still be under way.
    AsyncFile(Box<tokio::fs::File>),
    /// What could not even be opened, or made.
    Failed(BoxError),
}

pub(crate) type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, Response>> + Send + 'a>>;

/// A view of any type: its metadata come first, its content when they leave the answer open. An `Err` is the answer.
pub(crate) trait TwoSteps: Send {
    fn metadata(&self) -> BoxFuture<'_, Metadata>;

    fn content(self: Box<Self>) -> BoxFuture<'static, Content>;
}

/// Whatever can be the content of a file.
///
/// Implemented for text (`&'static str`, `String`, `Cow<'static, str>`, `Box<str>`, `Arc<str>`), bytes (`Bytes`,
/// `BytesMut`, `Vec<u8>`, `Box<[u8]>`, `Arc<[u8]>`, `&'static [u8]`, `Cow<'static, [u8]>`, arrays), a `Cursor` of each,
/// files (`File`, `Arc<File>`, `&'static File`, `tokio::fs::File`), [`Content`] and [`Download`](crate::Download).
///
/// Implement it for types of your own through the constructors of [`Content`]:
///
/// ```
/// use downloadview::{Content, Download, IntoContent};
///
/// struct Report { lines: Vec<String> }
///
/// impl IntoContent for Report {
///     fn into_content(self) -> Content {
///         Content::from_chunks(self.lines.into_iter())
///     }
/// }
///
/// let download = Download::new(Report { lines: vec!["first\n".into()] });
/// # let _ = download;
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not something to download",
    label = "not text, bytes, a reader, a stream, an iterator, a writer closure or a response",
    note = "a number is text after `.to_string()`, a path a file after `File::open(…)`, a list of rows an iterator after `.into_iter()`",
    note = "for a type of your own, implement `downloadview::IntoContent`"
)]
pub trait IntoContent {
    /// The content.
    fn into_content(self) -> Content;
}

impl Content {
    /// Text in memory; its type is `text/plain` where the name tells nothing else.
    ///
    /// ```
    /// let content = downloadview::Content::from_text("Hello world!\n");
    /// # let _ = content;
    /// ```
    pub fn from_text(text: impl Into<Cow<'static, str>>) -> Self {
        Self::text_from_bytes(match text.into() {
            Cow::Borrowed(text) => Bytes::from_static(text.as_bytes()),
            Cow::Owned(text) => Bytes::from(text),
        })
    }

    /// Bytes in memory; they are not copied.
    ///
    /// Above 1 MiB no entity tag is computed, and without a strong validator there are no ranges: a client that fetches a file in
    /// parts could not tell one version from another. Give large bytes an `etag` to make them resumable. Safari plays no video
    /// that has no ranges.
    ///
    /// ```
    /// let content = downloadview::Content::from_bytes(vec![0x89, b'P', b'N', b'G']);
    /// # let _ = content;
    /// ```
    pub fn from_bytes(bytes: impl Into<Bytes>) -> Self {
        Self::new(Kind::Memory(bytes.into()))
    }

    /// An open file, read by position, never by its cursor, which clones of the handle share.
    ///
    /// It brings its size, its time of modification, and an entity tag made of both, so copies of a file on several servers have
    /// the same tag. The tag is strong unless the file changed within the last 20 ms, the resolution of its time (2 seconds where
    /// the time has whole seconds only). A time of 0 or 1 second after 1970, as reproducible builds give it, is no time: give such
    /// a file an `etag`.
    ///
    /// A file that the kernel makes up (procfs, sysfs) does not know its size: it is streamed, without a length, a tag or ranges. A
    /// pipe or a device is read from where it stands.
    ///
    /// A handle knows no path. Without a `basename`, the file has no name and the type `application/octet-stream`; open it with
    /// `Content::from_path` to have both.
    ///
    /// ```no_run
    /// use std::fs::File;
    ///
    /// let content = downloadview::Content::from_file(File::open("report.pdf")?);
    /// # let _ = content;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn from_file(file: File) -> Self {
        Self::from_shared_file(file)
    }

    fn from_shared_file(file: impl Borrow<File> + Send + 'static) -> Self {
        let now = SystemTime::now();
        match file.borrow().metadata() {
            Ok(status) if status.is_file() => {
                let file_system = file::FileSystem::of(file.borrow(), &status);
                if file_system == file::FileSystem::Generated {
                    let reader = reader::Reader::new(file::FromStart::new(file));
                    return Self::new(Kind::Generated(Source::blocking(reader)));
                }
                let source = file::PositionedFile::new(file, &status, file_system);
                Self::new(Kind::Seekable(
                    Source::blocking(source),
                    Some(Box::new(Stamp::of(&status, now))),
                ))
            }
            Ok(_) => Self::from_reader(file::Pipe(file)),
            Err(error) => Self::failed(error.into()),
        }
    }

    /// A blocking reader, read on the blocking pool from where it stands.
    ///
    /// ```
    /// let content = downloadview::Content::from_reader(std::io::repeat(b'x'));
    /// # let _ = content;
    /// ```
    pub fn from_reader(reader: impl Read + Send + 'static) -> Self {
        Self::blocking(reader::Reader::new(reader))
    }

    /// A blocking reader that can seek, served from its beginning, wherever it stands.
    ///
    /// It brings no validator, so it has ranges only with an `etag` or a `last_modified` of yours.
    ///
    /// ```
    /// use std::io::{BufReader, Cursor};
    ///
    /// let reader = BufReader::new(Cursor::new("Hello world!\n"));
    /// let content = downloadview::Content::from_seekable_reader(reader);
    /// # let _ = content;
    /// ```
    pub fn from_seekable_reader(reader: impl Read + Seek + Send + 'static) -> Self {
        Self::seekable(Source::blocking(reader::SeekableReader::new(reader)))
    }

    /// An async reader, read from where it stands.
    ///
    /// ```
    /// let content = downloadview::Content::from_async_reader(tokio::io::repeat(b'x'));
    /// # let _ = content;
    /// ```
    pub fn from_async_reader(reader: impl AsyncRead + Send + 'static) -> Self {
        Self::polled(stream::Reader::new(reader))
    }

    /// An async reader that can seek, served from its beginning, wherever it stands. It has ranges with an `etag` or a
    /// `last_modified` of yours.
    ///
    /// ```
    /// let reader = std::io::Cursor::new("Hello world!\n");
    /// let content = downloadview::Content::from_seekable_async_reader(reader);
    /// # let _ = content;
    /// ```
    pub fn from_seekable_async_reader(reader: impl AsyncRead + AsyncSeek + Send + 'static) -> Self {
        Self::seekable(Source::polled(stream::SeekableReader::new(reader)))
    }

    /// A stream of text or bytes, or of a `Result` of them; an error breaks the download off.
    ///
    /// ```
    /// use futures::stream;
    ///
    /// let content = downloadview::Content::from_stream(stream::iter(["Hello ", "world!", "\n"]));
    /// # let _ = content;
    /// ```
    pub fn from_stream<T: IntoChunk>(stream: impl Stream<Item = T> + Send + 'static) -> Self {
        let mut content = Self::polled(stream::Items { stream });
        content.is_text = T::TEXT;
        content
    }

    /// An iterator of text or bytes, or of a `Result` of them, run on the blocking pool; an error breaks the download
    /// off.
    ///
    /// ```
    /// let rows = (1..=3).map(|id| format!("{id},{}\n", id * id));
    /// let content = downloadview::Content::from_chunks(rows);
    /// # let _ = content;
    /// ```
    pub fn from_chunks<T: IntoChunk>(chunks: impl Iterator<Item = T> + Send + 'static) -> Self {
        let mut content = Self::blocking(iterator::Items(chunks));
        content.is_text = T::TEXT;
        content
    }

    /// What a closure writes, run on the blocking pool: for encoders of CSV, ZIP, images and the like.
    ///
    /// What is written goes out in frames of 64 KiB, and at once on `flush`; what fits one frame and is not flushed is
    /// in memory, always. The closure cannot be suspended: it holds its thread until the client has taken everything
    /// ([`limit_writers`](crate::limit_writers)). When the client leaves, the next write fails with
    /// [`BrokenPipe`](std::io::ErrorKind::BrokenPipe).
    ///
    /// A closure that uses `?` has to name its error:
    ///
    /// ```
    /// use std::io::{self, Write};
    ///
    /// let content = downloadview::Content::from_writer(|out: &mut dyn Write| -> io::Result<()> {
    ///     writeln!(out, "id,name")?;
    ///     writeln!(out, "1,Ada")
    /// });
    /// # let _ = content;
    /// ```
    pub fn from_writer<E: Into<BoxError> + 'static>(
        write: impl FnOnce(&mut dyn Write) -> Result<(), E> + Send + 'static,
    ) -> Self {
        Self::blocking(writer::Writer(Some(write)))
    }

    /// The answer of an existing handler, or one that was fetched from elsewhere.
    ///
    /// Its header fields stay, and what the view sets replaces them: its name and disposition, its type, `Cache-Control` (and
    /// `Expires` and the like with it), the validators, and each field of `header`. `Vary` and `Set-Cookie` are added to. The
    /// content keeps its `Content-Encoding` and a `multipart` type, which say how to read it.
    ///
    /// The length and the ranges of a 200 are computed anew. A 206 keeps its range. Any other status passes through as it is. The
    /// fields of the upstream's own connection (RFC 9110 §7.6.1) are removed from all of them.
    ///
    /// A `reqwest::Response` becomes one with `http::Response::from(response).map(axum::body::Body::new)`.
    ///
    /// ```
    /// use axum::Json;
    ///
    /// let content = downloadview::Content::from_response(Json(["a", "b"]));
    /// # let _ = content;
    /// ```
    pub fn from_response(response: impl IntoResponse) -> Self {
        Self::new(Kind::Response(Box::new(response.into_response())))
    }

    /// A view, whose fields may be a source.
    pub(crate) fn in_two_steps<V: TwoSteps + 'static>(view: V) -> Self {
        Self::new(Kind::View(Guard::blocking::<V>(Box::new(view))))
    }

    /// A body as it came from elsewhere.
    pub(crate) fn from_body(body: Body, size: Option<u64>) -> Self {
        let source = Source::polled(stream::ResponseBody(body));
        Self::new(Kind::Forward(source, size))
    }

    pub(crate) fn text_from_bytes(bytes: Bytes) -> Self {
        Self {
            is_text: true,
            ..Self::from_bytes(bytes)
        }
    }

    fn seekable(source: Source) -> Self {
        Self::new(Kind::Seekable(source, None))
    }

    fn polled(source: impl AsyncSource + 'static) -> Self {
        Self::new(Kind::Forward(Source::polled(source), None))
    }

    fn blocking(source: impl BlockingSource) -> Self {
        Self::new(Kind::Forward(Source::blocking(source), None))
    }

    /// What failed before it could be had.
    pub(crate) fn failed(error: BoxError) -> Self {
        Self::new(Kind::Failed(error))
    }

    fn new(kind: Kind) -> Self {
        Self {
            kind,
            is_text: false,
            settings: None,
            metadata: None,
        }
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &self.kind {
            Kind::Memory(bytes) => return write!(f, "Content({} bytes)", bytes.len()),
            Kind::Seekable(..) => "seekable reader",
            Kind::Forward(..) | Kind::Generated(_) => "stream",
            Kind::Response(_) => "response",
            Kind::View(_) => "view",
            Kind::AsyncFile(_) => "file",
            Kind::Failed(_) => "failed",
        };
        write!(f, "Content({kind})")
    }
}

#[diagnostic::do_not_recommend]
impl IntoContent for Content {
    fn into_content(self) -> Content {
        self
    }
}

#[diagnostic::do_not_recommend]
impl IntoContent for File {
    fn into_content(self) -> Content {
        Content::from_file(self)
    }
}

#[diagnostic::do_not_recommend]
impl IntoContent for Arc<File> {
    fn into_content(self) -> Content {
        Content::from_shared_file(self)
    }
}

#[diagnostic::do_not_recommend]
impl IntoContent for &'static File {
    fn into_content(self) -> Content {
        Content::from_shared_file(self)
    }
}

#[diagnostic::do_not_recommend]
impl IntoContent for tokio::fs::File {
    fn into_content(self) -> Content {
        Content::new(Kind::AsyncFile(Box::new(self)))
    }
}
