//! `Download`: a file to serve, content and metadata.

use std::{
    borrow::Cow,
    fs::File,
    future::Future,
    io::{self, Read, Seek, Write},
    ops::Range,
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};

use axum::{
    BoxError,
    http::{HeaderMap, HeaderName, HeaderValue},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use downloadview_grammar::options::OptionName;
use futures::Stream;
use tokio::io::{AsyncRead, AsyncSeek};

use crate::{
    content::{Content, ContentWriter, IntoChunk, IntoContent},
    metadata::Metadata,
    outcome::Outcome,
    request::DownloadRequest,
    respond::respond,
};

/// A file to serve: its content and its metadata.
///
/// In a handler without the attribute, [`respond`](Self::respond) returns the response:
///
/// ```
/// use axum::{Router, response::Response, routing::get};
/// use downloadview::{Download, DownloadRequest};
///
/// async fn hello(request: DownloadRequest) -> Response {
///     let download = Download::new("Hello world!\n").basename("hello-world.txt").attachment();
///     download.respond(&request).await
/// }
///
/// let app: Router = Router::new().route("/hello", get(hello));
/// ```
#[derive(Debug)]
#[must_use]
pub struct Download {
    pub(crate) content: Content,
    pub(crate) metadata: Metadata,
}

impl Download {
    /// Creates a download of text, bytes, a `Cursor`, a `File`, [`Content`], another download, or any other [`IntoContent`].
    ///
    /// ```
    /// let download = downloadview::Download::new(vec![1, 2, 3]);
    /// # let _ = download;
    /// ```
    pub fn new(content: impl IntoContent) -> Self {
        Self {
            content: content.into_content(),
            metadata: Metadata::new(),
        }
    }

    /// Answers `request`, with its conditions and ranges (RFC 9110 §13, §14).
    ///
    /// An invalid value of a setter or a failure before the first bytes is logged and answered with 500. The response then has a
    /// [`Failure`](crate::Failure) in its extensions.
    ///
    /// ```
    /// use downloadview::{Download, DownloadRequest};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let response = Download::new("Hello world!\n").respond(&DownloadRequest::default()).await;
    /// assert_eq!(response.headers()["content-length"], "13");
    /// # }
    /// ```
    pub async fn respond(self, request: &DownloadRequest) -> Response {
        let (content, settings) = self.into_parts();
        respond("Download", request, settings.into(), content).await
    }

    /// Returns the content, and the settings of this download over those of one inside it.
    fn into_parts(self) -> (Content, Metadata) {
        let Self {
            mut content,
            metadata,
        } = self;
        match content.settings.take() {
            Some(inner) => (content, metadata.or(*inner)),
            None => (content, metadata),
        }
    }
}

/// The settings of the download stay with its content.
#[diagnostic::do_not_recommend]
impl IntoContent for Download {
    fn into_content(self) -> Content {
        let (mut content, settings) = self.into_parts();
        content.settings = Some(Box::new(settings));
        content
    }
}

/// Implements `IntoContent` for a pair of header fields and a type that is not a response. A response is written in the same way.
macro_rules! with_fields {
    ($($type:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl IntoContent for (HeaderMap, $type) {
            fn into_content(self) -> Content {
                let (fields, content) = self;
                let download = Download::new(content);
                let download = fields.iter().fold(download, |download, (name, value)| {
                    download.header(name.clone(), value.clone())
                });
                download.into_content()
            }
        }
    )*};
}

with_fields!(
    File,
    Arc<File>,
    &'static File,
    tokio::fs::File,
    Content,
    Download
);

/// Constructors of [`Content`].
macro_rules! content_constructors {
    ($($(#[$doc:meta])* $name:ident$(<$generic:ident: $bound:path>)?($argument:ident: $type:ty);)*) => {
        impl Download {$(
            $(#[$doc])*
            pub fn $name$(<$generic: $bound>)?($argument: $type) -> Self {
                Self::new(Content::$name($argument))
            }
        )*}
    };
}

content_constructors! {
    /// Serves text in memory: [`Content::from_text`].
    ///
    /// ```
    /// let download = downloadview::Download::from_text("Hello world!\n");
    /// # let _ = download;
    /// ```
    from_text(text: impl Into<Cow<'static, str>>);

    /// Serves bytes in memory: [`Content::from_bytes`].
    ///
    /// ```
    /// let download = downloadview::Download::from_bytes(vec![1, 2, 3]);
    /// # let _ = download;
    /// ```
    from_bytes(bytes: impl Into<Bytes>);

    /// Serves an open file: [`Content::from_file`].
    ///
    /// ```no_run
    /// let download = downloadview::Download::from_file(std::fs::File::open("report.pdf")?);
    /// # let _ = download;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    from_file(file: File);

    /// Serves the rest of a blocking reader: [`Content::from_reader`].
    ///
    /// ```
    /// let download = downloadview::Download::from_reader(std::io::repeat(b'x'));
    /// # let _ = download;
    /// ```
    from_reader(reader: impl Read + Send + 'static);

    /// Serves a blocking reader that can seek: [`Content::from_seekable_reader`].
    ///
    /// ```
    /// let download = downloadview::Download::from_seekable_reader(std::io::Cursor::new("Hello world!\n"));
    /// # let _ = download;
    /// ```
    from_seekable_reader(reader: impl Read + Seek + Send + 'static);

    /// Serves the rest of an async reader: [`Content::from_async_reader`].
    ///
    /// ```
    /// let download = downloadview::Download::from_async_reader(tokio::io::repeat(b'x'));
    /// # let _ = download;
    /// ```
    from_async_reader(reader: impl AsyncRead + Send + 'static);

    /// Serves an async reader that can seek: [`Content::from_seekable_async_reader`].
    ///
    /// ```
    /// let download = downloadview::Download::from_seekable_async_reader(std::io::Cursor::new("Hello world!\n"));
    /// # let _ = download;
    /// ```
    from_seekable_async_reader(reader: impl AsyncRead + AsyncSeek + Send + 'static);

    /// Serves a stream of text or bytes, or of a `Result` of them: [`Content::from_stream`].
    ///
    /// ```
    /// let rows = futures::stream::iter(["Hello ", "world!", "\n"]);
    /// let download = downloadview::Download::from_stream(rows);
    /// # let _ = download;
    /// ```
    from_stream<T: IntoChunk>(stream: impl Stream<Item = T> + Send + 'static);

    /// Serves an iterator of text or bytes, or of a `Result` of them: [`Content::from_chunks`].
    ///
    /// ```
    /// let rows = (1..=3).map(|id| format!("{id},{}\n", id * id));
    /// let download = downloadview::Download::from_chunks(rows);
    /// # let _ = download;
    /// ```
    from_chunks<T: IntoChunk>(chunks: impl Iterator<Item = T> + Send + 'static);

    /// Serves the response of an existing handler: [`Content::from_response`].
    ///
    /// ```
    /// let download = downloadview::Download::from_response(axum::Json(["a", "b"]));
    /// # let _ = download;
    /// ```
    from_response(response: impl IntoResponse);
}

impl Download {
    /// Opens a file on the blocking pool and names the download after it: [`Content::from_path`].
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be opened, or if it is a directory.
    ///
    /// ```no_run
    /// # async fn example() -> std::io::Result<()> {
    /// let download = downloadview::Download::from_path("/srv/report.pdf").await?;
    /// # let _ = download;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn from_path(path: impl AsRef<Path>) -> io::Result<Self> {
        Content::from_path(path).await.map(Self::new)
    }

    /// Serves content that `open` can produce from any offset: [`Content::from_ranges`].
    ///
    /// ```
    /// use std::io;
    /// use futures::stream;
    ///
    /// let download = downloadview::Download::from_ranges(1_000_000, |range| async move {
    ///     let bytes = vec![b'x'; (range.end - range.start) as usize];
    ///     Ok::<_, io::Error>(stream::iter([bytes]))
    /// });
    /// # let _ = download;
    /// ```
    pub fn from_ranges<F, O, S, T, E>(size: u64, open: F) -> Self
    where
        F: FnMut(Range<u64>) -> O + Send + 'static,
        O: Future<Output = Result<S, E>> + Send + 'static,
        S: Stream<Item = T> + Send + 'static,
        T: IntoChunk,
        E: Into<BoxError> + 'static,
    {
        Self::new(Content::from_ranges(size, open))
    }

    /// Serves what a closure writes: [`Content::from_writer`].
    ///
    /// ```
    /// use std::io::{self, Write};
    ///
    /// let download = downloadview::Download::from_writer(|out: &mut dyn Write| -> io::Result<()> {
    ///     writeln!(out, "id,name")
    /// });
    /// # let _ = download;
    /// ```
    pub fn from_writer<E: Into<BoxError> + 'static>(
        write: impl FnOnce(&mut dyn Write) -> Result<(), E> + Send + 'static,
    ) -> Self {
        Self::new(Content::from_writer(write))
    }

    /// Serves the standard output of a command: [`Content::from_command`].
    ///
    /// Requires the cargo feature `process`.
    ///
    /// ```
    /// let download = downloadview::Download::from_command(tokio::process::Command::new("date"));
    /// # let _ = download;
    /// ```
    #[cfg(feature = "process")]
    pub fn from_command(command: tokio::process::Command) -> Self {
        Self::new(Content::from_command(command))
    }

    /// Serves what a closure writes to a `Write + Send`: [`Content::from_send_writer`].
    ///
    /// ```
    /// use std::io::{self, Write};
    ///
    /// let download = downloadview::Download::from_send_writer(
    ///     |out: &mut (dyn Write + Send)| -> io::Result<()> { writeln!(out, "id,name") },
    /// );
    /// # let _ = download;
    /// ```
    pub fn from_send_writer<E: Into<BoxError> + 'static>(
        write: impl FnOnce(&mut (dyn Write + Send)) -> Result<(), E> + Send + 'static,
    ) -> Self {
        Self::new(Content::from_send_writer(write))
    }

    /// Serves what an async closure writes: [`Content::from_async_writer`].
    ///
    /// ```
    /// use tokio::io::AsyncWriteExt;
    ///
    /// let download = downloadview::Download::from_async_writer(|mut out| async move {
    ///     out.write_all(b"id,name\n").await?;
    ///     Ok(())
    /// });
    /// # let _ = download;
    /// ```
    pub fn from_async_writer<F>(write: impl FnOnce(ContentWriter) -> F + Send + 'static) -> Self
    where
        F: Future<Output = Result<(), BoxError>> + Send + 'static,
    {
        Self::new(Content::from_async_writer(write))
    }
}

/// Setters of [`Metadata`].
macro_rules! metadata_setters {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $type:ty),*);)*) => {
        impl Download {$(
            $(#[$doc])*
            pub fn $name(mut self $(, $argument: $type)*) -> Self {
                self.metadata = self.metadata.$name($($argument),*);
                self
            }
        )*}
    };
}

metadata_setters! {
    /// Sets the name under which the client saves the file: [`Metadata::basename`].
    ///
    /// ```
    /// let download = downloadview::Download::new("some content").basename("résumé.pdf");
    /// # let _ = download;
    /// ```
    basename(name: impl Into<Cow<'static, str>>);

    /// Sends `Content-Disposition: attachment`, so that the client saves the file: [`Metadata::attachment`].
    ///
    /// ```
    /// let download = downloadview::Download::new("some content").attachment();
    /// # let _ = download;
    /// ```
    attachment();

    /// Sends `Content-Disposition: inline`, so that the client shows the file if it can: [`Metadata::inline`].
    ///
    /// ```
    /// let download = downloadview::Download::new("some content").inline();
    /// # let _ = download;
    /// ```
    inline();

    /// Sends `attachment` if the value is true, or else `inline`: [`Metadata::attachment_if`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// use downloadview::{Download, DownloadRequest, testing::assert_download};
    ///
    /// for save in [true, false] {
    ///     let download = Download::new("some content").attachment_if(save);
    ///     let response = download.respond(&DownloadRequest::default()).await;
    ///     let answer = assert_download(response).await;
    ///     if save { answer.attachment() } else { answer.inline() };
    /// }
    /// # }
    /// ```
    attachment_if(attachment: bool);

    /// Sets `Content-Type`: [`Metadata::content_type`].
    ///
    /// ```
    /// let download = downloadview::Download::new("some content").content_type("text/csv; header=present");
    /// # let _ = download;
    /// ```
    content_type(value: impl Into<Cow<'static, str>>);

    /// Sets the `charset` of a text type: [`Metadata::charset`].
    ///
    /// ```
    /// let download = downloadview::Download::new("some content").charset("iso-8859-1");
    /// # let _ = download;
    /// ```
    charset(value: impl Into<Cow<'static, str>>);

    /// Sends a text type without `charset`: [`Metadata::no_charset`].
    ///
    /// ```
    /// let download = downloadview::Download::new("some content").no_charset();
    /// # let _ = download;
    /// ```
    no_charset();

    /// Sets the exact number of bytes: [`Metadata::size`].
    ///
    /// ```
    /// let download = downloadview::Download::new("some content").size(12);
    /// # let _ = download;
    /// ```
    size(bytes: u64);

    /// Sets `ETag`: [`Metadata::etag`].
    ///
    /// ```
    /// let download = downloadview::Download::new("some content").etag("v1");
    /// # let _ = download;
    /// ```
    etag(value: impl Into<Cow<'static, str>>);

    /// Sets `Last-Modified`: [`Metadata::last_modified`].
    ///
    /// ```
    /// let download = downloadview::Download::new("some content").last_modified(std::time::SystemTime::now());
    /// # let _ = download;
    /// ```
    last_modified(time: impl Into<SystemTime>);

    /// Sets `Cache-Control`: [`Metadata::cache_control`].
    ///
    /// ```
    /// let download = downloadview::Download::new("some content").cache_control("private, no-cache");
    /// # let _ = download;
    /// ```
    cache_control(value: impl Into<Cow<'static, str>>);

    /// Turns ranges off with `false`: [`Metadata::ranges`].
    ///
    /// ```
    /// let download = downloadview::Download::new("some content").ranges(false);
    /// # let _ = download;
    /// ```
    ranges(enabled: bool);

    /// Appends a line of any other header field: [`Metadata::header`].
    ///
    /// ```
    /// let download = downloadview::Download::new("some content").header("Content-Language", "fr");
    /// # let _ = download;
    /// ```
    header(name: impl TryInto<HeaderName>, value: impl TryInto<HeaderValue>);

    /// Sets how long the source may produce nothing while the client waits: [`Metadata::stall_timeout`].
    ///
    /// ```
    /// use std::time::Duration;
    /// use downloadview::{Download, DownloadRequest};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let rows = futures::stream::pending::<String>();
    /// let download = Download::from_stream(rows).stall_timeout(Duration::from_millis(20));
    /// let response = download.respond(&DownloadRequest::default()).await;
    /// assert_eq!(response.status(), 500); // the head was not sent before
    /// # }
    /// ```
    stall_timeout(timeout: Duration);

    /// Sets how long the client may take no data before the download is aborted: [`Metadata::send_timeout`].
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let rows = futures::stream::iter(["Hello ", "world!", "\n"]);
    /// let download = downloadview::Download::from_stream(rows).send_timeout(Duration::from_secs(60));
    /// # let _ = download;
    /// ```
    send_timeout(timeout: Duration);

    /// Adds a callback that is called exactly once, when the download has ended: [`Metadata::on_finish`].
    ///
    /// ```
    /// use downloadview::{Download, DownloadRequest, testing::assert_download};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let (sender, receiver) = std::sync::mpsc::channel();
    /// let download = Download::new("some content").on_finish(move |outcome| sender.send(outcome.bytes).unwrap());
    /// let response = download.respond(&DownloadRequest::default()).await;
    /// assert_download(response).await.body("some content");
    /// assert_eq!(receiver.try_recv(), Ok(12));
    /// # }
    /// ```
    on_finish(callback: impl FnOnce(Outcome) + Send + 'static);
}

/// Calls the setter of each option. An option without a setter here or in [`Metadata`] does not compile.
const _: fn(OptionName, Download) -> Download = |option, download| match option {
    OptionName::Basename => download.basename(""),
    OptionName::Attachment => download.attachment(),
    OptionName::Inline => download.inline(),
    OptionName::ContentType => download.content_type(""),
    OptionName::Charset => download.charset(""),
    OptionName::NoCharset => download.no_charset(),
    OptionName::Ranges => download.ranges(true),
    OptionName::Size => download.size(0),
    OptionName::Etag => download.etag(""),
    OptionName::LastModified => download.last_modified(SystemTime::UNIX_EPOCH),
    OptionName::CacheControl => download.cache_control(""),
    OptionName::Header => download.header("", ""),
    OptionName::SendTimeout => download.send_timeout(Duration::MAX),
    OptionName::StallTimeout => download.stall_timeout(Duration::MAX),
    OptionName::OnFinish => download.on_finish(drop),
    // These options are about the production of the content, not about the file.
    OptionName::Content | OptionName::Blocking | OptionName::Crate => download,
};
