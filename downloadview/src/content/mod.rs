//! `Content`: where the bytes of a file come from, and what may become one.

mod async_writer;
mod chunk;
#[cfg(feature = "process")]
mod command;
mod file;
mod into_content;
mod iterator;
mod memory;
mod ranges;
mod reader;
mod stamp;
mod stream;
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

#[cfg(feature = "rows")]
use crate::rows::Rows;
use crate::{
    body::{Source, blocking::BlockingSource, source::AsyncSource},
    guard::Guard,
    metadata::Metadata,
};

pub use async_writer::ContentWriter;
#[cfg(feature = "rows")]
pub(crate) use async_writer::Producer;
pub use chunk::IntoChunk;
pub(crate) use stamp::Stamp;
pub(crate) use stream::ResponseBody;
#[cfg(feature = "rows")]
pub(crate) use stream::poll_gather;
use writer::Pipe;
pub use writer::limit_writers;

/// The bytes of a file, or where they come from: memory, a reader, a stream, an iterator, a writer closure, a command or a
/// response.
///
/// A function under `#[download_view]` can return most sources as they are. The constructors are for your own types
/// ([`IntoContent`]), for [`Download`](crate::Download) without the attribute, and for [`DownloadView::content`](crate::DownloadView::content).
///
/// Content of unknown size that ends within 64 KiB may be found to be in memory, and is then sent like bytes, with its
/// length, an entity tag and ranges. Do not rely on it: give a `size` and an `etag` to content that must be resumable.
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
    /// The content is text, which decides its type if nothing else does.
    pub(crate) is_text: bool,
    /// What a download sets, whose content this is. It wins over the options of a view.
    pub(crate) settings: Option<Box<Metadata>>,
    /// What the content brings by itself, such as the name of a file. Anything that is set wins over it.
    pub(crate) metadata: Option<Box<Metadata>>,
}

/// The kinds that are served in different ways.
pub(crate) enum Kind {
    /// Bytes in memory.
    Memory(Bytes),
    /// A source that can seek, and the validators that it brings.
    Seekable(Source, Option<Box<Stamp>>),
    /// A source that is read once from its start to its end, and its size if that is known.
    Forward(Source, Option<u64>),
    /// Made up by the kernel while it is read, and other bytes each time: without a size, a tag or ranges.
    Generated(Source),
    /// A response, which has a head already.
    Response(Box<Response>),
    /// A view, which is asked for its metadata before its content.
    View(Guard<Box<dyn TwoSteps>>),
    /// A file whose last operation may still be running.
    AsyncFile(Box<tokio::fs::File>),
    /// Rows, whose format depends on the name of the file.
    #[cfg(feature = "rows")]
    Rows(Box<Rows>),
    /// An error instead of a source.
    Failed(BoxError),
}

pub(crate) type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, Response>> + Send + 'a>>;

/// A view of any type: its metadata come first, its content when they leave the answer open. An `Err` is the answer.
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
/// A channel whose senders are all dropped is at its end. A sender that fails sends an `Err`, or the download looks
/// complete.
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
    /// Serves text in memory, as `text/plain` if the name and the options do not tell another type.
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
    /// Above 1 MiB no entity tag is computed, and without a strong validator there are no ranges: a client that fetches a file in
    /// parts could not tell one version from another. Give large bytes an `etag` to make them resumable. Safari plays no video
    /// that has no ranges.
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
    /// It brings its size, its time of modification, and an entity tag made of both, so copies of a file on several servers have
    /// the same tag. The tag is strong unless the file changed within the last 20 ms, the resolution of its time (2 seconds where
    /// the time has whole seconds only). A time of 0 or 1 second after 1970, as reproducible builds give it, is no time: give such
    /// a file an `etag`.
    ///
    /// A file that the kernel makes up (procfs, sysfs) does not know its size: it is streamed, without a length, a tag or ranges. A
    /// pipe or a device is read from where it stands.
    ///
    /// A handle knows no path. Without a `basename`, the file has no name and the type `application/octet-stream`; open it with
    /// [`from_path`](Self::from_path) to have both.
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

    /// Opens a file on the blocking pool, and names the content after it.
    ///
    /// The content is that of [`from_file`](Self::from_file). It brings the last component of `path` as its basename,
    /// and the type that this name or the given one has. A `basename` or `content_type` that is set takes precedence.
    ///
    /// The path is used as it is. Check one that contains text from the request first.
    ///
    /// # Errors
    ///
    /// If the file cannot be opened, as [`File::open`]. A directory is
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

    fn from_shared_file(file: impl Borrow<File> + Send + Sync + 'static) -> Self {
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

    /// Serves an async reader that can seek, from its start. It has ranges only with an `etag` or a `last_modified` of
    /// yours.
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

    /// Serves content that `open` can produce from any offset, such as an object of a store or a blob of a database.
    ///
    /// It has ranges, so only what the client asks for is opened. `open` is called with a range of positions, from 0 to
    /// `size` in bytes, once for each range that is sent, when its first bytes are due. It is not called for an answer
    /// without content, such as a 304 or the answer to `HEAD`. The stream has text or bytes, or a `Result` of them, and
    /// is dropped when the client leaves.
    ///
    /// The content has no validator. Give it an `etag` or a date, by which clients and caches tell its versions apart when
    /// they put ranges together.
    ///
    /// # Errors
    ///
    /// The download fails visibly if `open` fails, if an item is an error, or if a stream is not as long as its range.
    ///
    /// ```
    /// use std::io;
    /// use futures::stream;
    ///
    /// const PAGE: usize = 1000;
    ///
    /// /// Stands for a query to a store.
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

    /// Serves an iterator of text or bytes, or of a `Result` of them, which runs on the blocking pool. An error aborts the
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

    /// Serves what a closure writes, for encoders of CSV, ZIP, images and the like.
    ///
    /// The closure runs on the blocking pool. Its output is sent in chunks of 64 KiB, and earlier on `flush`. Content that fits
    /// one chunk and is not flushed is always in memory. The closure cannot be suspended, so it holds its thread until the
    /// client has taken everything; [`limit_writers`](crate::limit_writers) limits their number. When the client leaves, the
    /// next write fails with [`BrokenPipe`](std::io::ErrorKind::BrokenPipe).
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
        Self::blocking(writer::Writer::new(|pipe: &mut Pipe<'_, '_>| write(pipe)))
    }

    /// Serves what a closure writes to a `Write + Send`, for encoders that hand their writer to another thread.
    ///
    /// Apart from that it does what [`from_writer`](Self::from_writer) does.
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

    /// Serves what an async closure writes to its [`ContentWriter`], for encoders that write to an
    /// [`AsyncWrite`](tokio::io::AsyncWrite).
    ///
    /// The closure is called when the first bytes are due, and its future is polled by the body, in the task of the
    /// connection. A write is pending while the client is behind, so a slow client holds no thread and no more than two
    /// buffers of 64 KiB. The future is dropped when the client leaves.
    ///
    /// # Errors
    ///
    /// An error of the future aborts the download. Its type is [`BoxError`](axum::BoxError), so that `?` takes any error
    /// and the closure needs no annotation.
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

    /// Serves the standard output of a command, such as a dump, an archive or a video that another program makes.
    ///
    /// The command is started when its first bytes are due, so not for an answer without content, such as a 304 or the
    /// answer to `HEAD`. It runs in its own process group, which is killed when the client leaves. Its standard input is
    /// empty. It waits while the client is behind.
    ///
    /// The last bytes are sent once the command has succeeded. Output that fits 64 KiB and is written without a pause of
    /// some milliseconds is therefore sent whole or not at all.
    ///
    /// Requires the cargo feature `process`.
    ///
    /// # Errors
    ///
    /// The download fails visibly if the command cannot be started, or if its exit status is not success. The error names
    /// the status and the last 4 KiB of the standard error. That of a command that succeeds is logged at the level `DEBUG`.
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

    /// Serves the response of an existing handler, or one that was fetched from elsewhere.
    ///
    /// Its header fields stay, and what the view sets replaces them: its name and disposition, its type, `Cache-Control` (and
    /// `Expires` and the like with it), the validators, and each field of `header`. `Vary` and `Set-Cookie` are added to. The
    /// content keeps its `Content-Encoding` and a `multipart` type, which say how to read it.
    ///
    /// The length and the ranges of a 200 are computed anew. A 206 keeps its range. Any other status passes through as it is. The
    /// fields of the upstream's own connection (RFC 9110 §7.6.1) are removed from all of them.
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

    /// A view, whose fields may be a source.
    pub(crate) fn in_two_steps<V: TwoSteps + 'static>(view: V) -> Self {
        Self::from_kind(Kind::View(Guard::blocking::<V>(Box::new(view))))
    }

    /// Serves a body of a response.
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
            Kind::Failed(_) => "failed",
        };
        write!(f, "Content({kind})")
    }
}
