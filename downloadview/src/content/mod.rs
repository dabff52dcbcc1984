//! `Content`: the source of the bytes of a file, and the types that convert into it.

mod async_writer;
mod chunk;
#[cfg(feature = "process")]
mod command;
#[cfg(any(feature = "rows", feature = "zip"))]
mod deferred;
mod file;
mod into_content;
mod iterator;
mod memory;
mod ranges;
mod reader;
mod stamp;
mod stream;
#[cfg(feature = "zip")]
mod survey;
mod writer;

use std::{
    borrow::{Borrow, Cow},
    fmt,
    fs::File,
    future::Future,
    io::{self, Read, Seek, Write},
    ops::Range,
    path::Path,
    pin::Pin,
    time::SystemTime,
};

use axum::{
    BoxError,
    body::Body,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::Stream;
use tokio::{
    io::{AsyncRead, AsyncSeek},
    task::spawn_blocking,
};

use crate::{
    body::{Source, blocking::BlockingSource, source::AsyncSource},
    guard::Guard,
    metadata::Metadata,
};

pub use async_writer::ContentWriter;
#[cfg(feature = "rows")]
pub(crate) use async_writer::Producer;
pub use chunk::IntoChunk;
#[cfg(feature = "zip")]
pub(crate) use deferred::{Archive, Unplanned};
#[cfg(feature = "rows")]
pub(crate) use deferred::{HasHeader, Table, Tabular};
#[cfg(feature = "zip")]
pub(crate) use file::is_generated as file_is_generated;
pub(crate) use stamp::Stamp;
#[cfg(feature = "zip")]
pub(crate) use stamp::is_settled;
pub(crate) use stream::ResponseBody;
#[cfg(feature = "rows")]
pub(crate) use stream::poll_gather;
#[cfg(feature = "zip")]
pub(crate) use survey::{Opened, Refused};
use writer::Pipe;
pub use writer::limit_writers;

/// The bytes of a file or their source: memory, a reader, a stream, an iterator, a writer closure, a command or a response.
///
/// A function under `#[download_view]` can return most sources directly. The constructors are for implementations of
/// [`IntoContent`] and [`DownloadView::content`](crate::DownloadView::content), and for [`Download`](crate::Download)
/// without the attribute.
///
/// Content of unknown size that ends within 64 KiB may turn out to be in memory. It is then sent like bytes, with a length,
/// an entity tag and ranges. Do not rely on this: give a `size` and an `etag` to content that must be resumable.
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
    /// True for text. It decides the media type if nothing else does.
    pub(crate) is_text: bool,
    /// The settings of the download that has this content. They take precedence over the options of a view.
    pub(crate) settings: Option<Box<Metadata>>,
    /// The metadata of the content itself, such as the name of a file. All settings take precedence over it.
    pub(crate) metadata: Option<Box<Metadata>>,
}

/// The kinds of content that are served in different ways.
pub(crate) enum Kind {
    /// Bytes in memory.
    Memory(Bytes),
    /// A source that can seek, and its validators.
    Seekable(Source, Option<Box<Stamp>>),
    /// A source that is read once from start to end, and its size if it is known.
    Forward(Source, Option<u64>),
    /// A file that the kernel generates when it is read. It has no size, no tag and no ranges.
    Generated(Source),
    /// A response with a head.
    Response(Box<Response>),
    /// A view, whose metadata is requested before its content.
    View(Guard<Box<dyn TwoSteps>>),
    /// A file whose last operation may still be running.
    AsyncFile(Box<tokio::fs::File>),
    /// Rows, whose format depends on the name of the file.
    #[cfg(feature = "rows")]
    Rows(Box<dyn Tabular>),
    /// An archive, which is planned before anything in it is opened.
    #[cfg(feature = "zip")]
    Archive(Box<dyn Unplanned>),
    /// An error instead of a source.
    Failed(BoxError),
}

pub(crate) type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, Response>> + Send + 'a>>;

/// A view of any type. Its content is requested only if its metadata does not decide the answer. An `Err` is the answer.
pub(crate) trait TwoSteps: Send {
    fn metadata(&self) -> BoxFuture<'_, Metadata>;

    fn content(self: Box<Self>) -> BoxFuture<'static, Content>;
}

/// A type that can be the content of a file.
///
/// It is implemented for
///
/// - text: `&'static str`, `String`, `Cow<'static, str>`, `Box<str>`, `Arc<str>`, `Arc<String>`, `&'static String`;
/// - bytes: `Bytes`, `BytesMut`, `Vec<u8>`, `Box<[u8]>`, `Arc<[u8]>`, `Arc<Vec<u8>>`, `&'static [u8]`, `&'static Vec<u8>`,
///   `Cow<'static, [u8]>`, arrays, and a `Cursor` of any of these types;
/// - files: `File`, `Arc<File>`, `&'static File`, `tokio::fs::File`;
/// - async sources: the receivers of tokio's `mpsc` channels, `Box<dyn Stream + Send>`, `Box<dyn AsyncRead + Send>`;
/// - [`Content`], [`Download`](crate::Download), and a pair of a `HeaderMap` and one of these or a file.
///
/// A channel ends when all its senders are dropped. A sender that fails must send an `Err`, because the download looks
/// complete otherwise.
///
/// Implement it for your own types with the constructors of [`Content`]:
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
    message = "`{Self}` cannot be used as the content of a download",
    label = "not text, bytes, a file, a reader, a stream, an iterator or a response",
    note = "to send the value as JSON, return `axum::Json(value)`",
    note = "to send a type of your own in another format, implement `downloadview::IntoContent` for it"
)]
pub trait IntoContent {
    /// Converts the value into content.
    fn into_content(self) -> Content;
}

impl Content {
    /// Serves text in memory, as `text/plain` unless the name or the options give another type.
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

    /// Serves bytes in memory, without a copy.
    ///
    /// Above 1 MiB, no entity tag is computed. Without a strong validator there are no ranges, because a client that fetches
    /// a file in parts could mix two versions of it. Give large content an `etag` to make it resumable. Safari plays videos
    /// only if they have ranges.
    ///
    /// ```
    /// let content = downloadview::Content::from_bytes(vec![0x89, b'P', b'N', b'G']);
    /// # let _ = content;
    /// ```
    pub fn from_bytes(bytes: impl Into<Bytes>) -> Self {
        Self::from_kind(Kind::Memory(bytes.into()))
    }

    /// Serves an open file.
    ///
    /// The file brings its size, its modification time, and an entity tag computed from both. Copies of a file on several
    /// servers therefore have the same tag. The tag is strong unless the file changed within the last 20 ms, the resolution of
    /// the time, or within the last 2 seconds if the time has only whole seconds. A time of 0 or 1 second after 1970, as in
    /// reproducible builds, does not count. Give such a file an `etag`.
    ///
    /// A file that the kernel generates (procfs, sysfs) has no reliable size. It is streamed without a length, a tag or
    /// ranges. A pipe or a device is read from its current position.
    ///
    /// A handle does not know its path. Without a `basename`, the file has no name and the type
    /// `application/octet-stream`. Open it with [`from_path`](Self::from_path) to get both.
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

    /// Opens a file on the blocking pool and names the content after it.
    ///
    /// The file is served like that of [`from_file`](Self::from_file). The last component of `path` is its basename and
    /// determines its type. A `basename` or `content_type` that is set takes precedence.
    ///
    /// The path is not checked. If it contains text from the request, check it first.
    ///
    /// # Errors
    ///
    /// Fails if [`File::open`] fails, and for a directory with
    /// [`ErrorKind::IsADirectory`](std::io::ErrorKind::IsADirectory).
    ///
    /// ```
    /// use axum::extract::Path;
    /// use downloadview::{Content, download_view};
    ///
    /// #[download_view(attachment)]
    /// async fn invoice(Path(number): Path<u32>) -> std::io::Result<Content> {
    ///     Content::from_path(format!("/srv/invoices/{number}.pdf")).await
    /// }
    /// # let _ = invoice;
    /// ```
    pub async fn from_path(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref().to_owned();
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        let content = spawn_blocking(move || file::open(&path).map(Self::from_file)).await??;
        Ok(match name {
            Some(name) => Self {
                metadata: Some(Box::new(Metadata::new().basename(name))),
                ..content
            },
            None => content,
        })
    }

    pub(crate) fn from_shared_file(file: impl Borrow<File> + Send + Sync + 'static) -> Self {
        let now = SystemTime::now();
        match file.borrow().metadata() {
            Ok(status) if status.is_file() => {
                let file_system = file::FileSystem::of(file.borrow(), &status);
                if file_system == file::FileSystem::Generated {
                    let reader = reader::Reader::new(file::FromStart::new(file));
                    return Self::from_kind(Kind::Generated(Source::blocking(reader)));
                }
                let source = file::RegularFile::new(file, &status, file_system);
                Self::from_kind(Kind::Seekable(
                    Source::polled(source),
                    Some(Box::new(Stamp::of(&status, now))),
                ))
            }
            Ok(_) => Self::from_reader(file::Pipe(file)),
            Err(error) => Self::failed(error.into()),
        }
    }

    /// Serves the rest of a blocking reader, which is read on the blocking pool.
    ///
    /// The end of the reader is the end of the content. A pipe ends in the same way if the process or thread that writes to it
    /// fails. The standard output of a subprocess therefore loses the exit status: the output of a command that failed looks
    /// complete. Serve a command with [`from_command`](Self::from_command), which checks the status.
    ///
    /// ```
    /// let content = downloadview::Content::from_reader(std::io::repeat(b'x'));
    /// # let _ = content;
    /// ```
    pub fn from_reader(reader: impl Read + Send + 'static) -> Self {
        Self::blocking(reader::Reader::new(reader))
    }

    /// Serves a blocking reader that can seek, from its start.
    ///
    /// It brings no validator, so it has ranges only with an `etag` or a `last_modified`.
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

    /// Serves the rest of an async reader.
    ///
    /// The end of the reader is the end of the content, so an error that occurs elsewhere is lost. If a spawned task writes to
    /// the other half of a `tokio::io::duplex` and fails, the download looks complete. Use
    /// [`from_async_writer`](Self::from_async_writer) for such a task, and [`from_command`](Self::from_command) for the
    /// standard output of a subprocess.
    ///
    /// ```
    /// let content = downloadview::Content::from_async_reader(tokio::io::repeat(b'x'));
    /// # let _ = content;
    /// ```
    pub fn from_async_reader(reader: impl AsyncRead + Send + 'static) -> Self {
        Self::polled(stream::Reader::new(reader))
    }

    /// Serves an async reader that can seek, from its start.
    ///
    /// It brings no validator, so it has ranges only with an `etag` or a `last_modified`.
    ///
    /// ```
    /// let reader = std::io::Cursor::new("Hello world!\n");
    /// let content = downloadview::Content::from_seekable_async_reader(reader);
    /// # let _ = content;
    /// ```
    pub fn from_seekable_async_reader(reader: impl AsyncRead + AsyncSeek + Send + 'static) -> Self {
        Self::seekable(Source::polled(stream::SeekableReader::new(reader)))
    }

    /// Serves a stream of text or bytes, or of a `Result` of them. An error aborts the download.
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

    /// Serves content that `open` can produce from any offset, such as an object in a store or a blob in a database.
    ///
    /// Only the ranges that the client requests are opened. `open` is called once for each range, when its first bytes are
    /// needed. Its argument is a range of byte positions within `0..size`. It is not called for a response without content, such
    /// as a 304 or the response to `HEAD`. The stream has items of text or bytes, or a `Result` of them, and is dropped when
    /// the client leaves.
    ///
    /// The content has no validator, and therefore no ranges by itself. Give it an `etag` or a `last_modified`, so that clients
    /// and caches can distinguish its versions.
    ///
    /// # Errors
    ///
    /// The download is aborted if `open` fails, if an item is an error, or if a stream is not as long as its range.
    ///
    /// ```
    /// use std::io;
    /// use futures::stream;
    ///
    /// const PAGE: usize = 1000;
    ///
    /// /// A stand-in for a query to a store.
    /// async fn fetch(from: usize, to: usize) -> io::Result<Vec<u8>> {
    ///     Ok((from..to).map(|position| (position / PAGE) as u8).collect())
    /// }
    ///
    /// let content = downloadview::Content::from_ranges(1_000_000, |range| async move {
    ///     let (from, to) = (range.start as usize, range.end as usize);
    ///     let pages = (from..to).step_by(PAGE);
    ///     let pages = pages.map(move |page| fetch(page, to.min(page + PAGE)));
    ///     Ok::<_, io::Error>(futures::StreamExt::then(stream::iter(pages), |page| page))
    /// });
    /// # let _ = content;
    /// ```
    pub fn from_ranges<F, O, S, T, E>(size: u64, open: F) -> Self
    where
        F: FnMut(Range<u64>) -> O + Send + 'static,
        O: Future<Output = Result<S, E>> + Send + 'static,
        S: Stream<Item = T> + Send + 'static,
        T: IntoChunk,
        E: Into<BoxError> + 'static,
    {
        let mut content = Self::seekable(Source::polled(ranges::Ranges::new(size, open)));
        content.is_text = T::TEXT;
        content
    }

    /// Serves an iterator of text or bytes, or of a `Result` of them. It runs on the blocking pool. An error aborts the
    /// download.
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

    /// Serves the output of a closure, for encoders of CSV, ZIP, images and other formats.
    ///
    /// The closure runs on the blocking pool. Its output is sent in chunks of 64 KiB, or earlier after a `flush`. Content that
    /// fits in one chunk and is not flushed is always in memory. The closure cannot be suspended, so it holds its thread until
    /// the client has taken everything. [`limit_writers`](crate::limit_writers) limits the number of such closures. When the
    /// client leaves, the next write fails with [`BrokenPipe`](std::io::ErrorKind::BrokenPipe).
    ///
    /// A closure that uses `?` must name its error type:
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
        Self::blocking(writer::Writer::new(|pipe: &mut Pipe<'_, '_>| write(pipe)))
    }

    /// Serves the output of a closure that needs a `Write + Send`, for encoders that pass their writer to another thread.
    ///
    /// Otherwise, it is the same as [`from_writer`](Self::from_writer).
    ///
    /// ```
    /// use std::{io::{self, Write}, thread};
    ///
    /// type Out<'a> = &'a mut (dyn Write + Send);
    ///
    /// let content = downloadview::Content::from_send_writer(|out: Out<'_>| -> io::Result<()> {
    ///     thread::scope(|scope| scope.spawn(move || writeln!(out, "id,name")).join().unwrap())
    /// });
    /// # let _ = content;
    /// ```
    pub fn from_send_writer<E: Into<BoxError> + 'static>(
        write: impl FnOnce(&mut (dyn Write + Send)) -> Result<(), E> + Send + 'static,
    ) -> Self {
        Self::blocking(writer::Writer::new(|pipe: &mut Pipe<'_, '_>| write(pipe)))
    }

    /// Serves the output of an async closure, for encoders that write to an [`AsyncWrite`](tokio::io::AsyncWrite).
    ///
    /// The closure gets a [`ContentWriter`]. It is called when the first bytes are needed, and the body polls its future in the
    /// task of the connection. A write is pending while the client is behind, so a slow client holds no thread, and at most
    /// two buffers of 64 KiB. The future is dropped when the client leaves.
    ///
    /// # Errors
    ///
    /// An error of the future aborts the download. Its type is [`BoxError`](axum::BoxError), so that `?` accepts any error
    /// and the closure needs no type annotation.
    ///
    /// ```
    /// use tokio::io::AsyncWriteExt;
    ///
    /// let content = downloadview::Content::from_async_writer(|mut out| async move {
    ///     out.write_all(b"id,name\n").await?;
    ///     let id: u32 = "1".parse()?;
    ///     out.write_all(format!("{id},Ada\n").as_bytes()).await?;
    ///     Ok(())
    /// });
    /// # let _ = content;
    /// ```
    pub fn from_async_writer<F>(write: impl FnOnce(ContentWriter) -> F + Send + 'static) -> Self
    where
        F: Future<Output = Result<(), BoxError>> + Send + 'static,
    {
        Self::polled(async_writer::Producer::new(write))
    }

    /// Serves the standard output of a command, such as a dump, an archive or a video from another program.
    ///
    /// The command is started when its first bytes are needed. It is not started for a response without content, such as a 304
    /// or the response to `HEAD`. It runs in a separate process group, which is killed when the client leaves. Its standard
    /// input is empty. The command blocks on its output while the client is behind.
    ///
    /// The last bytes are sent once the command has succeeded. Output that fits in 64 KiB and is written without a pause of
    /// some milliseconds is therefore sent completely or not at all.
    ///
    /// Requires the cargo feature `process`.
    ///
    /// # Errors
    ///
    /// The download is aborted if the command cannot be started, or if its exit status is not success. The error names the
    /// status and the last 4 KiB of the standard error. If the command succeeds, its standard error is logged at the level
    /// `DEBUG`.
    ///
    /// ```
    /// use tokio::process::Command;
    ///
    /// let mut command = Command::new("tar");
    /// command.args(["--create", "--gzip", "src"]);
    /// let content = downloadview::Content::from_command(command);
    /// # let _ = content;
    /// ```
    #[cfg(feature = "process")]
    pub fn from_command(command: tokio::process::Command) -> Self {
        Self::polled(command::CommandOutput::new(command))
    }

    /// Serves the response of an existing handler or of an upstream.
    ///
    /// The header fields of the response are kept unless the view sets them: the name and the disposition, the type and its
    /// charset, `Cache-Control` and the other caching fields, the validators, and each field of `header`. Lines of `Vary` and
    /// `Set-Cookie` are added. `Content-Encoding` and a `multipart` type are always kept, because the content cannot be read
    /// without them.
    ///
    /// The length and the ranges of a 200 are computed again. A 206 keeps its range. Any other status is passed on unchanged.
    /// The fields of the connection to the upstream (RFC 9110 §7.6.1) are always removed.
    ///
    /// A `reqwest::Response` is not an axum response. Convert it with
    /// `http::Response::from(response).map(axum::body::Body::new)` and return the result.
    ///
    /// ```
    /// use axum::Json;
    ///
    /// let content = downloadview::Content::from_response(Json(["a", "b"]));
    /// # let _ = content;
    /// ```
    pub fn from_response(response: impl IntoResponse) -> Self {
        Self::from_kind(Kind::Response(Box::new(response.into_response())))
    }

    /// Serves a view. Its fields may contain a source, so it is dropped on the blocking pool.
    pub(crate) fn in_two_steps<V: TwoSteps + 'static>(view: V) -> Self {
        Self::from_kind(Kind::View(Guard::blocking::<V>(Box::new(view))))
    }

    /// Serves the body of a response.
    pub(crate) fn from_body(body: Body, size: Option<u64>) -> Self {
        let source = Source::polled(stream::ResponseBody(body));
        Self::from_kind(Kind::Forward(source, size))
    }

    pub(crate) fn text_from_bytes(bytes: Bytes) -> Self {
        Self {
            is_text: true,
            ..Self::from_bytes(bytes)
        }
    }

    fn seekable(source: Source) -> Self {
        Self::from_kind(Kind::Seekable(source, None))
    }

    fn polled(source: impl AsyncSource + 'static) -> Self {
        Self::from_kind(Kind::Forward(Source::polled(source), None))
    }

    fn blocking(source: impl BlockingSource) -> Self {
        Self::from_kind(Kind::Forward(Source::blocking(source), None))
    }

    /// Answers with a failure.
    pub(crate) fn failed(error: BoxError) -> Self {
        Self::from_kind(Kind::Failed(error))
    }

    pub(crate) fn from_kind(kind: Kind) -> Self {
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
            #[cfg(feature = "rows")]
            Kind::Rows(_) => "rows",
            #[cfg(feature = "zip")]
            Kind::Archive(_) => "archive",
            Kind::Failed(_) => "failed",
        };
        write!(f, "Content({kind})")
    }
}
