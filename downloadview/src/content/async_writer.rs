//! Async writers: a future writes to a pipe, and the body reads from it.

use std::{
    future::Future,
    io::{self, ErrorKind},
    mem,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use axum::BoxError;
use tokio::io::AsyncWrite;

use crate::body::{
    buffer::{CHUNK, Chunks},
    source::AsyncSource,
};

/// The writer that [`Content::from_async_writer`](crate::Content::from_async_writer) gives to its closure.
///
/// It buffers up to 64 KiB, and a write is pending while the buffer is full. Written bytes are sent as soon as the future
/// is pending, so a flush does nothing. A write fails with [`BrokenPipe`](std::io::ErrorKind::BrokenPipe) once the
/// download has ended. Only a task that outlives the future of the closure can see this error.
///
/// ```
/// use downloadview::{Content, ContentWriter};
/// use tokio::io::AsyncWriteExt;
///
/// async fn write_rows(mut out: ContentWriter) -> std::io::Result<()> {
///     out.write_all(b"id,name\n").await?;
///     out.write_all(b"1,Ada\n").await
/// }
///
/// let content = Content::from_async_writer(|out| async move { Ok(write_rows(out).await?) });
/// # let _ = content;
/// ```
#[derive(Debug)]
pub struct ContentWriter {
    pipe: Arc<Pipe>,
}

/// The bytes that were written and have not been taken yet.
#[derive(Debug, Default)]
struct Pipe(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    chunks: Chunks,
    /// The writer, woken when there is room.
    writer: Option<Waker>,
    /// The body, woken when there are bytes to take.
    consumer: Option<Waker>,
    is_closed: bool,
}

impl Pipe {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(feature = "rows")]
impl ContentWriter {
    /// Adds bytes, however many wait for the client already. Returns true if there is room for more.
    pub(crate) fn add(&self, bytes: &[u8]) -> io::Result<bool> {
        let mut state = self.pipe.lock();
        if state.is_closed {
            return Err(over());
        }
        state.chunks.extend(bytes);
        let has_room = !state.chunks.is_full();
        wake_consumer(state);
        Ok(has_room)
    }

    /// Waits while the client is behind.
    pub(crate) fn poll_room(&self, cx: &Context<'_>) -> Poll<io::Result<()>> {
        let mut state = self.pipe.lock();
        if state.is_closed {
            return Poll::Ready(Err(over()));
        }
        if state.chunks.is_full() {
            state.writer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }
}

fn over() -> io::Error {
    io::Error::new(ErrorKind::BrokenPipe, "the download is over")
}

/// Wakes the consumer if it sleeps, which is so if another task than its own writes.
fn wake_consumer(mut state: MutexGuard<'_, State>) {
    let consumer = state.consumer.take();
    drop(state);
    if let Some(consumer) = consumer {
        consumer.wake();
    }
}

impl AsyncWrite for ContentWriter {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut state = self.pipe.lock();
        if state.is_closed {
            return Poll::Ready(Err(over()));
        }
        if state.chunks.is_full() {
            state.writer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let n = bytes.len().min(CHUNK - state.chunks.len());
        state.chunks.extend(&bytes[..n]);
        wake_consumer(state);
        Poll::Ready(Ok(n))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

type WriteFuture = Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>>;

/// A future that produces content by writing to a [`ContentWriter`]. It is polled by the body that sends the content.
pub(crate) struct Producer {
    /// `None` once it has ended.
    future: Option<WriteFuture>,
    pipe: Arc<Pipe>,
}

impl Producer {
    /// Calls `write` when the first bytes are needed.
    pub(crate) fn new<F>(write: impl FnOnce(ContentWriter) -> F + Send + 'static) -> Self
    where
        F: Future<Output = Result<(), BoxError>> + Send + 'static,
    {
        let pipe = Arc::new(Pipe::default());
        let out = ContentWriter {
            pipe: Arc::clone(&pipe),
        };
        Self {
            future: Some(Box::pin(async move { write(out).await })),
            pipe,
        }
    }

    /// Wakes a writer in another task that waits for room. A writer in the future itself is polled next and needs no wake-up.
    fn wake_writer(&self, cx: &Context<'_>) {
        let writer = self.pipe.lock().writer.take();
        if let Some(writer) = writer.filter(|writer| !writer.will_wake(cx.waker())) {
            writer.wake();
        }
    }
}

impl AsyncSource for Producer {
    fn poll_fill(
        mut self: Pin<&mut Self>,
        chunks: &mut Chunks,
        cx: &mut Context<'_>,
    ) -> Poll<Result<bool, BoxError>> {
        self.wake_writer(cx);
        let Some(future) = &mut self.future else {
            return Poll::Ready(Ok(false));
        };
        let ended = future.as_mut().poll(cx);
        if ended.is_ready() {
            self.future = None;
        }
        let mut state = self.pipe.lock();
        *chunks = mem::take(&mut state.chunks);
        match ended {
            Poll::Ready(ended) => {
                state.is_closed = true;
                Poll::Ready(ended.map(|()| false))
            }
            Poll::Pending if !chunks.is_empty() => Poll::Ready(Ok(true)),
            Poll::Pending => {
                state.consumer = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl Drop for Producer {
    fn drop(&mut self) {
        let mut state = self.pipe.lock();
        state.is_closed = true;
        state.chunks = Chunks::default();
        let writer = state.writer.take();
        drop(state);
        if let Some(writer) = writer {
            writer.wake();
        }
    }
}
