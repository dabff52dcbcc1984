//! Every kind of content, with its bytes known and every touch counted.

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

/// The kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `String`
    Text,
    /// `Bytes`
    Bytes,
    /// `Cursor`, written to and left at its end
    Cursor,
    /// `File`, its cursor in the middle
    File,
    /// `Arc<File>`
    SharedFile,
    /// `tokio::fs::File`
    TokioFile,
    /// `Read + Seek`, its cursor in the middle
    SeekableReader,
    /// `AsyncRead + AsyncSeek`, its cursor in the middle
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
    /// The answer of a handler
    Response,
    /// A body that comes from elsewhere
    Proxied,
}

/// When the files of all kinds changed last: `Sun, 06 Nov 1994 08:49:37 GMT`.
pub const MODIFIED: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

/// [`MODIFIED`], and half a second, which no field can say.
pub fn modified() -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(784_111_777_500)
}

impl Kind {
    /// All of them.
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

    /// Its name in a path.
    pub fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }

    /// All bytes are there.
    pub fn is_memory(self) -> bool {
        matches!(self, Self::Text | Self::Bytes | Self::Cursor)
    }

    /// A handle of a file.
    pub fn is_file(self) -> bool {
        matches!(self, Self::File | Self::SharedFile | Self::TokioFile)
    }

    /// Any position can be reached, but it is no file and brings no validator.
    pub fn is_seekable_source(self) -> bool {
        let sources = [
            Self::SeekableReader,
            Self::SeekableAsyncReader,
            Self::Ranges,
        ];
        sources.contains(&self)
    }

    /// Any position can be reached.
    pub fn is_seekable(self) -> bool {
        self.is_memory() || self.is_file() || self.is_seekable_source()
    }

    /// Says its size by itself.
    pub fn has_size(self) -> bool {
        self.is_seekable() || self == Self::Response
    }

    /// Is found to be in memory once asked for its first bytes, where there are few.
    pub fn is_ready(self) -> bool {
        matches!(
            self,
            Self::AsyncReader | Self::AsyncWriter | Self::Stream | Self::Response
        )
    }

    /// Is likely found to be in memory, but that depends on when its thread or its task comes round.
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

/// What was done to the content of a subject.
#[derive(Debug, Default)]
pub struct Probe {
    /// Calls of any kind.
    pub touches: AtomicUsize,
    /// Bytes that were produced.
    pub produced: AtomicUsize,
    /// Seeks to a position counted from the start.
    pub seeks: AtomicUsize,
}

impl Probe {
    fn touch(&self, bytes: usize) {
        self.touches.fetch_add(1, Ordering::SeqCst);
        self.produced.fetch_add(bytes, Ordering::SeqCst);
    }

    /// The counts of touches, bytes and seeks since the last time.
    pub fn take(&self) -> (usize, usize, usize) {
        let take = |counter: &AtomicUsize| counter.swap(0, Ordering::SeqCst);
        (take(&self.touches), take(&self.produced), take(&self.seeks))
    }
}

/// A file of some kind.
#[derive(Debug)]
pub struct Subject {
    /// Its kind.
    pub kind: Kind,
    /// Its bytes.
    pub bytes: Bytes,
    /// What is done to it.
    pub probe: Arc<Probe>,
    size: usize,
    seed: u64,
    path: Option<PathBuf>,
}

impl Subject {
    /// Of about `size` bytes, exactly so many but for CSV and ZIP, which differ with `seed`.
    ///
    /// # Panics
    /// When the temporary directory cannot be written.
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

    /// Its strong tag as a resumable file.
    pub fn etag(&self) -> String {
        format!("\"v{}\"", self.seed)
    }

    /// Waits until no content of this subject is left: what a request left behind is not counted for the next.
    pub async fn at_rest(&self) {
        while Arc::strong_count(&self.probe) > 1 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Just the content.
    pub fn plain(&self) -> Download {
        Download::new(self.content())
    }

    /// With all that makes any content resumable.
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

    /// The file, open to append.
    ///
    /// # Panics
    /// When the subject is no file.
    pub fn file_to_write(&self) -> File {
        let path = self.path.as_ref().expect("a file");
        File::options()
            .read(true)
            .append(true)
            .open(path)
            .expect("writable")
    }

    fn counted(&self) -> Counted {
        let mut inner = Cursor::new(self.bytes.clone());
        if self.kind.is_seekable() {
            inner.set_position(self.bytes.len() as u64 / 2);
        }
        let probe = Arc::clone(&self.probe);
        Counted { inner, probe }
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
            Kind::SeekableReader => Content::from_seekable_reader(self.counted()),
            Kind::SeekableAsyncReader => Content::from_seekable_async_reader(self.counted()),
            Kind::Ranges => self.ranges(),
            Kind::Reader => Content::from_reader(self.counted()),
            Kind::AsyncReader => Content::from_async_reader(self.counted()),
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
                let body = Body::new(CountedBody {
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
        let mut inner = self.counted();
        Content::from_send_writer(move |out: &mut (dyn Write + Send)| {
            io::copy(&mut inner, out).map(drop)
        })
    }

    fn async_writer(&self) -> Content {
        let mut inner = self.counted();
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
                probe.touch(piece.len());
                Ok::<_, io::Error>(piece)
            });
            std::future::ready(Ok::<_, io::Error>(stream::iter(pieces)))
        })
    }

    fn chunks(&self) -> impl Iterator<Item = Bytes> + Send + use<> {
        let (bytes, probe) = (self.bytes.clone(), Arc::clone(&self.probe));
        (0..bytes.len()).step_by(1000).map(move |start| {
            let chunk = bytes.slice(start..bytes.len().min(start + 1000));
            probe.touch(chunk.len());
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
        Content::from_writer(move |out: &mut dyn Write| write(&mut CountedWriter { out, probe }))
    }
}

impl Drop for Subject {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            // The system's own cleaning does the rest.
            let _ = fs::remove_file(path);
        }
    }
}

/// Bytes without a meaning, printable, different for each seed, and the same again after a period.
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

/// Not a multiple of any buffer's size.
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

/// A file of its own in the temporary directory, which changed at [`modified`].
fn write_file(bytes: &[u8]) -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let count = COUNT.fetch_add(1, Ordering::SeqCst);
    let name = format!("downloadview-tests-{}-{count}", std::process::id());
    let path = std::env::temp_dir().join(name);
    let mut file = File::create(&path).expect("a temporary file");
    file.write_all(bytes).expect("room for it");
    file.set_modified(modified()).expect("a time");
    path
}

/// A reader of every sort.
struct Counted {
    inner: Cursor<Bytes>,
    probe: Arc<Probe>,
}

impl Counted {
    fn read_some(&mut self, room: &mut [u8]) -> usize {
        // Never as much as there is room for: a read may give less.
        let most = room.len().min(5000);
        let read = self.inner.read(&mut room[..most]).expect("memory");
        self.probe.touch(read);
        read
    }
}

impl Read for Counted {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        Ok(self.read_some(room))
    }
}

impl Seek for Counted {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        if matches!(to, SeekFrom::Start(_)) {
            self.probe.seeks.fetch_add(1, Ordering::SeqCst);
        }
        self.inner.seek(to)
    }
}

impl AsyncRead for Counted {
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

impl AsyncSeek for Counted {
    fn start_seek(mut self: Pin<&mut Self>, to: SeekFrom) -> io::Result<()> {
        self.seek(to).map(drop)
    }

    fn poll_complete(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<u64>> {
        Poll::Ready(Ok(self.inner.position()))
    }
}

struct CountedWriter<'a> {
    out: &'a mut dyn Write,
    probe: Arc<Probe>,
}

impl Write for CountedWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.probe.touch(written);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

struct CountedBody {
    bytes: Option<Bytes>,
    probe: Arc<Probe>,
}

impl HttpBody for CountedBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let bytes = self.bytes.take().filter(|bytes| !bytes.is_empty());
        self.probe.touch(bytes.as_ref().map_or(0, Bytes::len));
        Poll::Ready(bytes.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.as_ref().map_or(0, Bytes::len) as u64)
    }
}

/// How a subject is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavour {
    /// [`Subject::plain`]
    Plain,
    /// [`Subject::resumable`]
    Resumable,
}

impl Flavour {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Plain, Self::Resumable];
}

/// The path of a subject in [`router`].
pub fn path(flavour: Flavour, kind: Kind) -> String {
    let flavour = format!("{flavour:?}").to_lowercase();
    format!("/{flavour}/{}", kind.name())
}

/// One subject of each kind.
pub fn subjects(size: usize, seed: u64) -> Vec<Arc<Subject>> {
    let subject = |kind| Arc::new(Subject::new(kind, size, seed));
    Kind::ALL.into_iter().map(subject).collect()
}

/// Serves each subject in each flavour, by GET and by POST.
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
