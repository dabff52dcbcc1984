//! Every kind of content, with known bytes and a count of every access.

use std::{
    fs::{self, File},
    io::{self, Cursor, Read, Seek, SeekFrom, Write},
    path::PathBuf,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::{Router, body::Body, http::header::CONTENT_TYPE, response::IntoResponse, routing::get};
use bytes::Bytes;
use downloadview::{Content, Download, DownloadRequest, IntoContent};
use futures::{Stream, StreamExt, stream};
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncSeek, ReadBuf};

/// A kind of content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `String`
    Text,
    /// `Bytes`
    Bytes,
    /// `Cursor`, positioned at its end after it was written
    Cursor,
    /// `File`, positioned in the middle
    File,
    /// `Arc<File>`
    SharedFile,
    /// `tokio::fs::File`
    TokioFile,
    /// `Read + Seek`, positioned in the middle
    SeekableReader,
    /// `AsyncRead + AsyncSeek`, positioned in the middle
    SeekableAsyncReader,
    /// A stream for each range
    Ranges,
    /// `Read`
    Reader,
    /// `AsyncRead`
    AsyncReader,
    /// A stream that is always ready
    Stream,
    /// A stream that is pending before each item
    PendingStream,
    /// An iterator
    Chunks,
    /// A writer closure
    Writer,
    /// A writer closure over `Write + Send`
    SendWriter,
    /// An async closure that writes
    AsyncWriter,
    /// A writer closure with a `csv::Writer`
    Csv,
    /// A writer closure with a `zip::ZipWriter`
    Zip,
    /// The response of a handler
    Response,
    /// The body of another server's response
    Proxied,
}

/// The value of `Last-Modified` for every kind.
pub const MODIFIED: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

/// Returns the time [`MODIFIED`] plus half a second, which no header field can express.
pub fn modified() -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(784_111_777_500)
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 21] = [
        Self::Text,
        Self::Bytes,
        Self::Cursor,
        Self::File,
        Self::SharedFile,
        Self::TokioFile,
        Self::SeekableReader,
        Self::SeekableAsyncReader,
        Self::Ranges,
        Self::Reader,
        Self::AsyncReader,
        Self::Stream,
        Self::PendingStream,
        Self::Chunks,
        Self::Writer,
        Self::SendWriter,
        Self::AsyncWriter,
        Self::Csv,
        Self::Zip,
        Self::Response,
        Self::Proxied,
    ];

    /// Returns the name of the kind in a path.
    pub fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }

    /// Returns true if all bytes are in memory.
    pub fn is_memory(self) -> bool {
        matches!(self, Self::Text | Self::Bytes | Self::Cursor)
    }

    /// Returns true for an open file.
    pub fn is_file(self) -> bool {
        matches!(self, Self::File | Self::SharedFile | Self::TokioFile)
    }

    /// Returns true if any position can be read, but the source is not a file and has no validators.
    pub fn is_seekable_source(self) -> bool {
        let sources = [
            Self::SeekableReader,
            Self::SeekableAsyncReader,
            Self::Ranges,
        ];
        sources.contains(&self)
    }

    /// Returns true if any position can be read.
    pub fn is_seekable(self) -> bool {
        self.is_memory() || self.is_file() || self.is_seekable_source()
    }

    /// Returns true if the content knows its size.
    pub fn has_size(self) -> bool {
        self.is_seekable() || self == Self::Response
    }

    /// Returns true if short content is always found to be in memory when its first bytes are read.
    pub fn is_ready(self) -> bool {
        matches!(
            self,
            Self::AsyncReader | Self::AsyncWriter | Self::Stream | Self::Response
        )
    }

    /// Returns true if short content may be found to be in memory, depending on the timing of its thread or task.
    pub fn may_be_memory(self) -> bool {
        matches!(
            self,
            Self::Reader
                | Self::PendingStream
                | Self::Chunks
                | Self::Writer
                | Self::SendWriter
                | Self::Csv
                | Self::Zip
                | Self::Proxied
        )
    }
}

/// Counts the accesses to the content of a subject.
#[derive(Debug, Default)]
pub struct Probe {
    /// The number of calls of any kind.
    pub calls: AtomicUsize,
    /// The number of bytes that were produced.
    pub produced: AtomicUsize,
    /// The number of seeks to an absolute position.
    pub seeks: AtomicUsize,
}

impl Probe {
    fn count(&self, bytes: usize) {
        self.calls.fetch_add(1, Ordering::SeqCst);
        self.produced.fetch_add(bytes, Ordering::SeqCst);
    }

    /// Returns the numbers of calls, bytes and seeks since the last time, and resets them.
    pub fn take(&self) -> (usize, usize, usize) {
        let take = |counter: &AtomicUsize| counter.swap(0, Ordering::SeqCst);
        (take(&self.calls), take(&self.produced), take(&self.seeks))
    }
}

/// A file of one kind of content.
#[derive(Debug)]
pub struct Subject {
    /// The kind of content.
    pub kind: Kind,
    /// The bytes of the file.
    pub bytes: Bytes,
    /// The counts of accesses to the content.
    pub probe: Arc<Probe>,
    size: usize,
    seed: u64,
    path: Option<PathBuf>,
}

impl Subject {
    /// Creates a subject of `size` bytes. CSV and ZIP files have about this size, depending on `seed`.
    ///
    /// # Panics
    /// Panics if the temporary directory is not writable.
    pub fn new(kind: Kind, size: usize, seed: u64) -> Self {
        let bytes = match kind {
            Kind::Csv => written(|out| write_csv(out, size, seed)),
            Kind::Zip => written(|out| write_zip(out, &pattern(size, seed))),
            _ => pattern(size, seed),
        };
        let path = kind.is_file().then(|| write_file(&bytes));
        let probe = Arc::default();
        Self {
            kind,
            bytes,
            probe,
            size,
            seed,
            path,
        }
    }

    /// Returns the strong entity tag of the resumable file.
    pub fn etag(&self) -> String {
        format!("\"v{}\"", self.seed)
    }

    /// Waits until all content of this subject is dropped, so that a request is not counted for the next one.
    pub async fn wait_until_idle(&self) {
        while Arc::strong_count(&self.probe) > 1 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Returns a download without any options.
    pub fn plain(&self) -> Download {
        Download::new(self.content())
    }

    /// Returns a download with the options that make any content resumable.
    pub fn resumable(&self) -> Download {
        self.plain()
            .basename(format!("{}.bin", self.kind.name()))
            .attachment()
            .etag(self.etag())
            .last_modified(modified())
            .size(self.bytes.len() as u64)
    }

    fn file(&self) -> File {
        let mut file = File::open(self.path.as_ref().expect("a file")).expect("readable");
        file.seek(SeekFrom::Start(self.bytes.len() as u64 / 2))
            .expect("seekable");
        file
    }

    /// Opens the file to append to it.
    ///
    /// # Panics
    /// Panics if the subject is not a file.
    pub fn file_to_write(&self) -> File {
        let path = self.path.as_ref().expect("a file");
        File::options()
            .read(true)
            .append(true)
            .open(path)
            .expect("writable")
    }

    fn reader(&self) -> CountingReader {
        let mut inner = Cursor::new(self.bytes.clone());
        if self.kind.is_seekable() {
            inner.set_position(self.bytes.len() as u64 / 2);
        }
        let probe = Arc::clone(&self.probe);
        CountingReader { inner, probe }
    }

    fn content(&self) -> Content {
        let (bytes, size, seed) = (self.bytes.clone(), self.size, self.seed);
        match self.kind {
            Kind::Text => String::from_utf8(bytes.to_vec())
                .expect("text")
                .into_content(),
            Kind::Bytes => bytes.into_content(),
            Kind::Cursor => {
                let mut cursor = Cursor::new(Vec::new());
                cursor.write_all(&bytes).expect("memory");
                cursor.into_content()
            }
            Kind::File => self.file().into_content(),
            Kind::SharedFile => Arc::new(self.file()).into_content(),
            Kind::TokioFile => tokio::fs::File::from_std(self.file()).into_content(),
            Kind::SeekableReader => Content::from_seekable_reader(self.reader()),
            Kind::SeekableAsyncReader => Content::from_seekable_async_reader(self.reader()),
            Kind::Ranges => self.ranges(),
            Kind::Reader => Content::from_reader(self.reader()),
            Kind::AsyncReader => Content::from_async_reader(self.reader()),
            Kind::Stream => Content::from_stream(stream::iter(self.chunks())),
            Kind::PendingStream => Content::from_stream(self.pending()),
            Kind::Chunks => Content::from_chunks(self.chunks()),
            Kind::Writer => {
                self.writer(move |out| bytes.chunks(777).try_for_each(|chunk| out.write_all(chunk)))
            }
            Kind::SendWriter => self.send_writer(),
            Kind::AsyncWriter => self.async_writer(),
            Kind::Csv => self.writer(move |out| write_csv(out, size, seed)),
            Kind::Zip => self.writer(move |out| write_zip(out, &pattern(size, seed))),
            Kind::Response => {
                let probe = Arc::clone(&self.probe);
                let body = Body::new(CountingBody {
                    bytes: Some(bytes),
                    probe,
                });
                Content::from_response(([(CONTENT_TYPE, "application/x-kind")], body))
            }
            Kind::Proxied => {
                let stream = self.pending().map(Ok::<_, io::Error>);
                Content::from_response(Body::from_stream(stream).into_response())
            }
        }
    }

    fn send_writer(&self) -> Content {
        let mut inner = self.reader();
        Content::from_send_writer(move |out: &mut (dyn Write + Send)| {
            io::copy(&mut inner, out).map(drop)
        })
    }

    fn async_writer(&self) -> Content {
        let mut inner = self.reader();
        Content::from_async_writer(|mut out| async move {
            tokio::io::copy(&mut inner, &mut out).await?;
            Ok(())
        })
    }

    fn ranges(&self) -> Content {
        let (bytes, probe) = (self.bytes.clone(), Arc::clone(&self.probe));
        Content::from_ranges(bytes.len() as u64, move |range| {
            let index = |position| usize::try_from(position).expect("an index");
            let part = bytes.slice(index(range.start)..index(range.end));
            let probe = Arc::clone(&probe);
            probe.seeks.fetch_add(1, Ordering::SeqCst);
            let pieces = (0..part.len()).step_by(1000).map(move |start| {
                let piece = part.slice(start..part.len().min(start + 1000));
                probe.count(piece.len());
                Ok::<_, io::Error>(piece)
            });
            std::future::ready(Ok::<_, io::Error>(stream::iter(pieces)))
        })
    }

    fn chunks(&self) -> impl Iterator<Item = Bytes> + Send + use<> {
        let (bytes, probe) = (self.bytes.clone(), Arc::clone(&self.probe));
        (0..bytes.len()).step_by(1000).map(move |start| {
            let chunk = bytes.slice(start..bytes.len().min(start + 1000));
            probe.count(chunk.len());
            chunk
        })
    }

    fn pending(&self) -> impl Stream<Item = Bytes> + Send + use<> {
        stream::iter(self.chunks()).then(|chunk| async {
            tokio::task::yield_now().await;
            chunk
        })
    }

    fn writer(
        &self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()> + Send + 'static,
    ) -> Content {
        let probe = Arc::clone(&self.probe);
        Content::from_writer(move |out: &mut dyn Write| write(&mut CountingWriter { out, probe }))
    }
}

impl Drop for Subject {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            // If this fails, the system cleans up its temporary directory later.
            let _ = fs::remove_file(path);
        }
    }
}

/// Returns printable pseudorandom bytes that depend on `seed` and repeat after a period.
pub fn pattern(size: usize, seed: u64) -> Bytes {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let byte = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        PRINTABLE[(state >> 32) as usize % PRINTABLE.len()]
    };
    let period: Vec<u8> = (0..size.min(PERIOD)).map(byte).collect();
    let mut bytes = Vec::with_capacity(size);
    while bytes.len() < size {
        bytes.extend_from_slice(&period[..period.len().min(size - bytes.len())]);
    }
    bytes.into()
}

const PRINTABLE: &[u8; 64] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-\n";

/// The period of [`pattern`]. It is not a multiple of any buffer size.
const PERIOD: usize = (1 << 20) + 7;

fn written(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Bytes {
    let mut bytes = Vec::new();
    write(&mut bytes).expect("memory");
    bytes.into()
}

fn write_csv(out: &mut dyn Write, size: usize, seed: u64) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(["id", "value", "remark"])?;
    for id in 0..size / 32 {
        let value = (id as u64).wrapping_mul(seed).to_string();
        writer.write_record([&id.to_string(), &value, "said \"yes, please\""])?;
    }
    writer.flush()
}

fn write_zip(out: &mut dyn Write, file: &[u8]) -> io::Result<()> {
    let mut writer = zip::ZipWriter::new_stream(out);
    let options = zip::write::SimpleFileOptions::default();
    writer.start_file("pattern.txt", options)?;
    writer.write_all(file)?;
    writer.start_file("empty.txt", options)?;
    writer.finish()?;
    Ok(())
}

/// Writes a new file in the temporary directory, with the modification time [`modified`].
fn write_file(bytes: &[u8]) -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let count = COUNT.fetch_add(1, Ordering::SeqCst);
    let name = format!("downloadview-tests-{}-{count}", std::process::id());
    let path = std::env::temp_dir().join(name);
    let mut file = File::create(&path).expect("a temporary file");
    file.write_all(bytes).expect("the file should be writable");
    file.set_modified(modified())
        .expect("the time should be set");
    path
}

/// A reader that implements all reading and seeking traits and counts its calls.
struct CountingReader {
    inner: Cursor<Bytes>,
    probe: Arc<Probe>,
}

impl CountingReader {
    fn read_some(&mut self, buffer: &mut [u8]) -> usize {
        // Reads are short, because a reader may return less than the buffer holds.
        let max = buffer.len().min(5000);
        let read = self.inner.read(&mut buffer[..max]).expect("memory");
        self.probe.count(read);
        read
    }
}

impl Read for CountingReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(self.read_some(buffer))
    }
}

impl Seek for CountingReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        if matches!(to, SeekFrom::Start(_)) {
            self.probe.seeks.fetch_add(1, Ordering::SeqCst);
        }
        self.inner.seek(to)
    }
}

impl AsyncRead for CountingReader {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = self.read_some(buffer.initialize_unfilled());
        buffer.advance(read);
        Poll::Ready(Ok(()))
    }
}

impl AsyncSeek for CountingReader {
    fn start_seek(mut self: Pin<&mut Self>, to: SeekFrom) -> io::Result<()> {
        self.seek(to).map(drop)
    }

    fn poll_complete(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<u64>> {
        Poll::Ready(Ok(self.inner.position()))
    }
}

struct CountingWriter<'a> {
    out: &'a mut dyn Write,
    probe: Arc<Probe>,
}

impl Write for CountingWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.probe.count(written);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

struct CountingBody {
    bytes: Option<Bytes>,
    probe: Arc<Probe>,
}

impl HttpBody for CountingBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let bytes = self.bytes.take().filter(|bytes| !bytes.is_empty());
        self.probe.count(bytes.as_ref().map_or(0, Bytes::len));
        Poll::Ready(bytes.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.as_ref().map_or(0, Bytes::len) as u64)
    }
}

/// A set of options with which a subject is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavour {
    /// [`Subject::plain`]
    Plain,
    /// [`Subject::resumable`]
    Resumable,
}

impl Flavour {
    /// Every flavour.
    pub const ALL: [Self; 2] = [Self::Plain, Self::Resumable];
}

/// Returns the path of a subject in [`router`].
pub fn path(flavour: Flavour, kind: Kind) -> String {
    let flavour = format!("{flavour:?}").to_lowercase();
    format!("/{flavour}/{}", kind.name())
}

/// Creates a subject of each kind.
pub fn subjects(size: usize, seed: u64) -> Vec<Arc<Subject>> {
    let subject = |kind| Arc::new(Subject::new(kind, size, seed));
    Kind::ALL.into_iter().map(subject).collect()
}

/// Serves each subject in each flavour for GET and POST requests.
pub fn router(subjects: &[Arc<Subject>]) -> Router {
    let mut router = Router::new();
    for subject in subjects {
        for flavour in Flavour::ALL {
            let shared = Arc::clone(subject);
            let view = move |request: DownloadRequest| async move {
                let download = match flavour {
                    Flavour::Plain => shared.plain(),
                    Flavour::Resumable => shared.resumable(),
                };
                download.respond(&request).await
            };
            let route = get(view.clone()).post(view);
            router = router.route(&path(flavour, subject.kind), route);
        }
    }
    router
}
