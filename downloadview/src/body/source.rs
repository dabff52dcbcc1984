//! `Source`: bytes in memory, from an async source, or from a blocking source.

use std::{
    mem,
    pin::Pin,
    task::{Context, Poll, ready},
};

use axum::BoxError;
use bytes::Bytes;
use tokio::time::Instant;

use super::{
    buffer::Chunks,
    chunk::{CANNOT_SEEK, Chunk},
};
use crate::{guard::Guard, http::range::ByteRange};

/// The number of bytes of content in memory that the connection receives at a time.
pub(crate) const MEMORY_SLICE: usize = 1 << 20;

/// The origin of the bytes of a body.
pub(crate) enum Source {
    /// The whole content, and the part of it that has not been taken yet.
    Memory(Bytes, Bytes),
    /// An async source and its output.
    Polled(Polled),
}

/// An [`AsyncSource`] and what it has produced.
pub(crate) struct Polled {
    source: Guard<Pin<Box<dyn AsyncSource>>>,
    chunks: Chunks,
    /// The result of the source once it has ended.
    end: Option<Result<(), BoxError>>,
}

/// A source that is polled.
pub(crate) trait AsyncSource: Send {
    /// Adds to `chunks` until they are full or the source is pending. Returns false at the end.
    ///
    /// It may be pending only if nothing was added.
    fn poll_fill(
        self: Pin<&mut Self>,
        chunks: &mut Chunks,
        cx: &mut Context<'_>,
    ) -> Poll<Result<bool, BoxError>>;

    /// Starts to produce the next bytes while the connection sends the previous ones.
    fn run_ahead(self: Pin<&mut Self>, _: &mut Context<'_>) {}

    /// Returns the number of bytes, if the source can seek.
    fn poll_size(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<u64, BoxError>> {
        Poll::Ready(Err(CANNOT_SEEK.into()))
    }

    /// Makes `range` the next bytes, if the source can seek. It is called before the first bytes and after the last ones.
    fn select(self: Pin<&mut Self>, _: ByteRange) {}

    /// Returns the time since which the source has been working on its next bytes, or `None` while it is queued for a thread. The time is
    /// not before `wait`, when the connection began to wait for them.
    fn working_since(&self, wait: Instant) -> Option<Instant> {
        Some(wait)
    }

    /// Adds to an error what the source knows about its place, such as the name of the entry of an archive.
    fn locate(&self, error: BoxError) -> BoxError {
        error
    }
}

impl Source {
    pub(crate) fn memory(bytes: Bytes) -> Self {
        Self::Memory(bytes.clone(), bytes)
    }

    pub(crate) fn polled<S: AsyncSource + 'static>(source: S) -> Self {
        let source: Pin<Box<dyn AsyncSource>> = Box::pin(source);
        Self::Polled(Polled {
            source: Guard::non_blocking::<S>(source),
            chunks: Chunks::default(),
            end: None,
        })
    }

    /// Returns the next bytes. After the last ones, it must not be called again until another range is selected.
    pub(crate) fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Result<Chunk, BoxError>> {
        match self {
            Self::Memory(_, left) => {
                let bytes = left.split_to(left.len().min(MEMORY_SLICE));
                let is_last = left.is_empty();
                Poll::Ready(Ok(Chunk { bytes, is_last }))
            }
            Self::Polled(polled) => polled.poll_chunk(cx),
        }
    }

    /// Returns the number of bytes of a source that can seek.
    pub(crate) fn poll_size(&mut self, cx: &mut Context<'_>) -> Poll<Result<u64, BoxError>> {
        match self {
            Self::Memory(whole, _) => Poll::Ready(Ok(whole.len() as u64)),
            Self::Polled(polled) => polled.source.get_mut().as_mut().poll_size(cx),
        }
    }

    /// Makes `range` the next bytes of a source that can seek. It is called before the first bytes and after the last ones.
    pub(crate) fn select(&mut self, range: ByteRange) {
        match self {
            Self::Memory(whole, left) => *left = range.slice(whole),
            Self::Polled(polled) => {
                polled.end = None;
                polled.source.get_mut().as_mut().select(range);
            }
        }
    }

    pub(crate) fn is_memory(&self) -> bool {
        matches!(self, Self::Memory(..))
    }

    /// See [`AsyncSource::working_since`].
    pub(crate) fn working_since(&self, wait: Instant) -> Option<Instant> {
        match self {
            Self::Memory(..) => Some(wait),
            Self::Polled(polled) => polled.source.get().working_since(wait),
        }
    }

    /// See [`AsyncSource::locate`].
    pub(crate) fn locate(&self, error: BoxError) -> BoxError {
        match self {
            Self::Memory(..) => error,
            Self::Polled(polled) => polled.source.get().locate(error),
        }
    }
}

impl Polled {
    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Result<Chunk, BoxError>> {
        let mut source = self.source.get_mut().as_mut();
        if self.chunks.is_empty() && self.end.is_none() {
            match ready!(source.as_mut().poll_fill(&mut self.chunks, cx)) {
                Ok(true) => {}
                Ok(false) => self.end = Some(Ok(())),
                Err(error) => self.end = Some(Err(error)),
            }
        }
        let is_at_end = matches!(self.end, Some(Ok(())));
        if let Some(chunk) = Chunk::take(&mut self.chunks, is_at_end) {
            if self.chunks.is_empty() && self.end.is_none() {
                source.run_ahead(cx);
            }
            return Poll::Ready(Ok(chunk));
        }
        if let Some(end) = &mut self.end {
            let end = mem::replace(end, Ok(()));
            return Poll::Ready(end.map(|()| Chunk::END));
        }
        // The source produced only empty items. Other tasks run before the next ones.
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
