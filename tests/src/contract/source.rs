//! Sources of each kind that follow the steps of a case.

use std::{
    fs::File,
    future::Future,
    io::{self, Read, Seek, SeekFrom, Write},
    panic::resume_unwind,
    pin::Pin,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    thread,
    time::{Duration, SystemTime},
};

use axum::{
    body::{Body, HttpBody},
    http::HeaderMap,
    response::Response,
};
use bytes::Bytes;
use downloadview::{Content, IntoContent};
use futures::Stream;
use http_body::{Frame, SizeHint};
use tokio::{
    io::{AsyncRead, AsyncSeek, ReadBuf},
    task::{JoinHandle, yield_now},
};

use super::{
    case::{Case, Finish, Kind, Step},
    gate::Gate,
};
use crate::kinds::pattern;

/// The period of the file's bytes. It is not a multiple of any buffer size.
const PERIOD: usize = (1 << 20) + 7;
/// The maximum number of bytes that [`file`] returns, which no step exceeds.
const MAX_CHUNK: usize = 1 << 18;

static FILE: LazyLock<Bytes> = LazyLock::new(|| {
    let period = pattern(PERIOD, 1);
    [&period[..], &period[..MAX_CHUNK]].concat().into()
});

/// Returns the bytes of every file from `position` on, at most `max` of them.
pub(super) fn file(position: u64, max: u64) -> Bytes {
    let start = usize::try_from(position % PERIOD as u64).expect("within the period");
    let length = usize::try_from(max).map_or(MAX_CHUNK, |max| max.min(MAX_CHUNK));
    FILE.slice(start..start + length)
}

fn whole_file(size: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while (bytes.len() as u64) < size {
        let position = bytes.len() as u64;
        bytes.extend_from_slice(&file(position, size - position));
    }
    bytes
}

/// Creates the content of a case.
pub(super) fn content(case: &Case, gate: &Arc<Gate>) -> Content {
    let script = Script::new(case, gate);
    match case.kind {
        Kind::Text => {
            let text = String::from_utf8(whole_file(case.given));
            Content::from_text(text.expect("text"))
        }
        Kind::Bytes => Content::from_bytes(Bytes::from_owner(Owned {
            bytes: whole_file(case.given),
            _drop_notice: script.drop_notice,
        })),
        Kind::File => shrunk_file(case),
        Kind::SeekableReader => Content::from_seekable_reader(script),
        Kind::SeekableAsyncReader => Content::from_seekable_async_reader(script),
        Kind::Reader => Content::from_reader(script),
        Kind::AsyncReader => Content::from_async_reader(script),
        Kind::Stream => Content::from_stream(script),
        Kind::Chunks => Content::from_chunks(script),
        Kind::Writer => Content::from_writer(move |out: &mut dyn Write| script.write(out)),
        Kind::Body => Content::from_response(Response::new(Body::new(ProxiedBody {
            script,
            size: case.promised,
            is_ended: false,
        }))),
    }
}

/// Creates a file whose end is cut off once it is open.
fn shrunk_file(case: &Case) -> Content {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("downloadview-contract-{}-{count}", std::process::id());
    let path = std::env::temp_dir().join(name);
    std::fs::write(&path, whole_file(case.given))
        .expect("the temporary directory should be writable");
    let file = File::options()
        .read(true)
        .write(true)
        .open(&path)
        .expect("the file should open");
    std::fs::remove_file(&path).expect("the file should exist");
    file.set_len(case.given + case.missing)
        .expect("the file should grow");
    // A file that has just changed would have a weak tag.
    file.set_modified(SystemTime::now() - Duration::from_secs(60))
        .expect("the time should be set");
    let file = Arc::new(file);
    let content = Arc::clone(&file).into_content();
    file.set_len(case.given).expect("the file should shrink");
    content
}

struct Owned {
    bytes: Vec<u8>,
    _drop_notice: DropNotice,
}

impl AsRef<[u8]> for Owned {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Notifies the gate when it is dropped.
struct DropNotice(Arc<Gate>);

impl Drop for DropNotice {
    fn drop(&mut self) {
        self.0.leave();
    }
}

/// A source that performs the steps of a case.
struct Script {
    steps: Vec<Step>,
    finish: Finish,
    given: u64,
    size: u64,
    position: u64,
    /// The index of the next step, and the number of times that it has been performed already.
    next: usize,
    times: usize,
    wait: Option<Wait>,
    is_seeking: bool,
    is_over: bool,
    drop_notice: DropNotice,
}

/// A wait that has begun.
enum Wait {
    Yield,
    /// The task was woken, so the wait is over when it is polled again.
    Yielded,
    Later(JoinHandle<()>),
    Gate,
}

impl Wait {
    fn of(step: Step) -> Self {
        match step {
            Step::Gate => Self::Gate,
            Step::Later => Self::Later(tokio::spawn(async {
                for _ in 0..3 {
                    yield_now().await;
                }
            })),
            Step::Yield | Step::Give { .. } => Self::Yield,
        }
    }
}

/// The result of a step.
enum Event {
    Chunk(Bytes),
    Wait(Step),
    End,
}

impl Script {
    fn new(case: &Case, gate: &Arc<Gate>) -> Self {
        Self {
            steps: case.steps.clone(),
            finish: case.finish,
            given: case.given,
            size: case.given + case.missing,
            position: 0,
            next: 0,
            times: 0,
            wait: None,
            is_seeking: false,
            is_over: false,
            drop_notice: DropNotice(Arc::clone(gate)),
        }
    }

    fn gate(&self) -> &Gate {
        &self.drop_notice.0
    }

    /// Returns the next event, with a chunk of at most `max` bytes.
    fn advance(&mut self, max: usize) -> io::Result<Event> {
        let is_at_end = self.position >= self.given;
        if is_at_end && self.next >= self.steps.len() {
            return self.finish();
        }
        let step = self.steps[self.next % self.steps.len()];
        let Step::Give { size, times } = step else {
            self.next += 1;
            return Ok(Event::Wait(step));
        };
        self.times += 1;
        if self.times >= times {
            self.next += 1;
            self.times = 0;
        }
        let size = if times == 0 { 0 } else { size.min(max) as u64 };
        let chunk = file(
            self.position,
            size.min(self.given.saturating_sub(self.position)),
        );
        self.position += chunk.len() as u64;
        Ok(Event::Chunk(chunk))
    }

    fn finish(&mut self) -> io::Result<Event> {
        if std::mem::replace(&mut self.is_over, true) {
            self.gate().misuse();
        }
        match self.finish {
            Finish::End => Ok(Event::End),
            Finish::Error => Err(io::Error::other("the pipe burst")),
            // The hook of `panic!` would end a fuzzer.
            Finish::Panic => resume_unwind(Box::new("the pipe burst")),
        }
    }

    /// Returns the next chunk, which may be empty, or `None` at the end. Blocks this thread while it waits.
    fn chunk(&mut self) -> io::Result<Option<Bytes>> {
        loop {
            match self.advance(usize::MAX)? {
                Event::Chunk(chunk) => return Ok(Some(chunk)),
                Event::Wait(Step::Gate) => self.gate().pass(self.position),
                Event::Wait(_) => thread::yield_now(),
                Event::End => return Ok(None),
            }
        }
    }

    /// Returns a non-empty chunk of at most `max` bytes, or `None` at the end. It never waits at the gate, because it may
    /// run on the thread that would have to open the gate.
    fn read_some(&mut self, max: usize) -> io::Result<Option<Bytes>> {
        loop {
            match self.advance(max)? {
                Event::Chunk(chunk) if chunk.is_empty() => {}
                Event::Chunk(chunk) => return Ok(Some(chunk)),
                Event::Wait(_) => thread::yield_now(),
                Event::End => return Ok(None),
            }
        }
    }

    fn write(mut self, out: &mut dyn Write) -> io::Result<()> {
        loop {
            match self.advance(usize::MAX)? {
                Event::Chunk(chunk) => out.write_all(&chunk)?,
                Event::Wait(Step::Gate) => {
                    out.flush()?;
                    self.gate().pass(self.position);
                }
                Event::Wait(_) => out.flush()?,
                Event::End => return Ok(()),
            }
        }
    }

    fn poll_chunk(&mut self, max: usize, cx: &mut Context<'_>) -> Poll<io::Result<Option<Bytes>>> {
        loop {
            ready!(self.poll_wait(cx));
            match self.advance(max)? {
                Event::Chunk(chunk) => return Poll::Ready(Ok(Some(chunk))),
                Event::Wait(step) => self.wait = Some(Wait::of(step)),
                Event::End => return Poll::Ready(Ok(None)),
            }
        }
    }

    fn poll_wait(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match &mut self.wait {
            None | Some(Wait::Yielded) => {}
            Some(Wait::Yield) => {
                self.wait = Some(Wait::Yielded);
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            Some(Wait::Later(task)) => ready!(Pin::new(task).poll(cx)).expect("no panic"),
            Some(Wait::Gate) => ready!(self.drop_notice.0.poll_pass(self.position, cx)),
        }
        self.wait = None;
        Poll::Ready(())
    }
}

impl Iterator for Script {
    type Item = io::Result<Bytes>;

    fn next(&mut self) -> Option<Self::Item> {
        self.chunk().transpose()
    }
}

impl Stream for Script {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_chunk(usize::MAX, cx).map(Result::transpose)
    }
}

impl Read for Script {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(chunk) = self.read_some(buffer.len())? else {
            return Ok(0);
        };
        buffer[..chunk.len()].copy_from_slice(&chunk);
        Ok(chunk.len())
    }
}

impl Seek for Script {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.position = match to {
            SeekFrom::Start(position) => position,
            SeekFrom::End(0) => self.size,
            other => unreachable!("{other:?} of a file of a known size"),
        };
        self.is_over = false;
        Ok(self.position)
    }
}

impl AsyncRead for Script {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let max = buffer.remaining();
        loop {
            match ready!(self.poll_chunk(max, cx))? {
                Some(chunk) if chunk.is_empty() && max > 0 => {}
                Some(chunk) => {
                    buffer.put_slice(&chunk);
                    return Poll::Ready(Ok(()));
                }
                None => return Poll::Ready(Ok(())),
            }
        }
    }
}

impl AsyncSeek for Script {
    fn start_seek(mut self: Pin<&mut Self>, to: SeekFrom) -> io::Result<()> {
        self.seek(to)?;
        self.wait = None;
        self.is_seeking = true;
        Ok(())
    }

    fn poll_complete(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        if std::mem::take(&mut self.is_seeking) {
            self.wait = Some(Wait::of(Step::Later));
        }
        ready!(self.poll_wait(cx));
        Poll::Ready(Ok(self.position))
    }
}

/// A body that declares its size and has trailers.
struct ProxiedBody {
    script: Script,
    size: Option<u64>,
    /// True once the trailers have been returned.
    is_ended: bool,
}

impl HttpBody for ProxiedBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if std::mem::take(&mut self.is_ended) {
            return Poll::Ready(None);
        }
        Poll::Ready(Some(match ready!(self.script.poll_chunk(usize::MAX, cx)) {
            Ok(Some(chunk)) => Ok(Frame::data(chunk)),
            Ok(None) => {
                self.is_ended = true;
                Ok(Frame::trailers(HeaderMap::new()))
            }
            Err(error) => Err(error),
        }))
    }

    fn size_hint(&self) -> SizeHint {
        self.size
            .map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
