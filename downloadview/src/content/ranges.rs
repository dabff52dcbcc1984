//! Content that can be produced from any offset: a stream for each range that is sent.

use std::{
    error::Error,
    fmt,
    future::Future,
    mem,
    ops::Range,
    pin::Pin,
    task::{Context, Poll, ready},
};

use axum::BoxError;
use futures::Stream;
use pin_project_lite::pin_project;

use super::chunk::sealed::Sealed as Chunk;
use crate::{
    body::{
        buffer::{CHUNK, Chunks},
        source::AsyncSource,
    },
    http::range::ByteRange,
};

pin_project! {
    /// A source that opens a stream for each range.
    pub(super) struct Ranges<F, O, S> {
        open: F,
        size: u64,
        range: ByteRange,
        // How many bytes of the range the stream has produced.
        produced: u64,
        // Bytes that are not sent yet. The last ones wait until the stream has ended.
        chunks: Chunks,
        #[pin]
        state: State<O, S>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<O, S> {
        // The range has not been opened yet.
        Due,
        Opening { #[pin] future: O },
        Open { #[pin] stream: S },
        Ended,
    }
}

/// The maximum number of items that a poll takes. A stream of empty items must let other tasks run.
const MAX_ITEMS: usize = CHUNK;

impl<F, O, S> Ranges<F, O, S> {
    pub(super) fn new(size: u64, open: F) -> Self {
        Self {
            open,
            size,
            range: ByteRange {
                start: 0,
                end: size,
            },
            produced: 0,
            chunks: Chunks::default(),
            state: State::Due,
        }
    }
}

impl<F, O, S, T, E> Ranges<F, O, S>
where
    F: FnMut(Range<u64>) -> O,
    O: Future<Output = Result<S, E>>,
    S: Stream<Item = T>,
    T: Chunk,
    E: Into<BoxError>,
{
    /// Opens the range, unless it is open or empty.
    fn poll_open(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        let mut this = self.project();
        let ByteRange { start, end } = *this.range;
        loop {
            let next = match this.state.as_mut().project() {
                StateProjection::Due if start == end => State::Ended,
                StateProjection::Due => State::Opening {
                    future: (this.open)(start..end),
                },
                StateProjection::Opening { future } => match ready!(future.poll(cx)) {
                    Ok(stream) => State::Open { stream },
                    Err(error) => {
                        this.state.set(State::Ended);
                        return Poll::Ready(Err(NotOpened::boxed(start..end, error.into())));
                    }
                },
                StateProjection::Open { .. } | StateProjection::Ended => {
                    return Poll::Ready(Ok(()));
                }
            };
            this.state.set(next);
        }
    }

    /// Takes an item. Returns false at the end of the stream.
    fn poll_item(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<bool, BoxError>> {
        let mut this = self.project();
        let StateProjection::Open { stream } = this.state.as_mut().project() else {
            return Poll::Ready(Ok(false));
        };
        let Some(item) = ready!(stream.poll_next(cx)) else {
            this.state.set(State::Ended);
            return Poll::Ready(Ok(false));
        };
        let piece = item.into_piece()?;
        *this.produced += piece.as_ref().len() as u64;
        if *this.produced > this.range.len() {
            return Poll::Ready(Err(WrongLength::long(*this.range)));
        }
        this.chunks.push(piece);
        Poll::Ready(Ok(true))
    }

    /// Takes items until there is a chunk, the stream ends or is pending. Returns false at the end.
    fn poll_items(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<bool, BoxError>> {
        for _ in 0..MAX_ITEMS {
            match self.as_mut().poll_item(cx) {
                Poll::Ready(Ok(true)) if self.chunks.is_full() && !self.is_complete() => break,
                Poll::Ready(Ok(true)) => {}
                Poll::Pending if !self.chunks.is_empty() && !self.is_complete() => break,
                ended => return ended,
            }
        }
        Poll::Ready(Ok(true))
    }
}

impl<F, O, S> Ranges<F, O, S> {
    /// Returns true once the stream has produced the whole range. It must end then.
    fn is_complete(&self) -> bool {
        self.produced == self.range.len()
    }
}

impl<F, O, S, T, E> AsyncSource for Ranges<F, O, S>
where
    F: FnMut(Range<u64>) -> O + Send,
    O: Future<Output = Result<S, E>> + Send,
    S: Stream<Item = T> + Send,
    T: Chunk,
    E: Into<BoxError>,
{
    fn poll_fill(
        mut self: Pin<&mut Self>,
        chunks: &mut Chunks,
        cx: &mut Context<'_>,
    ) -> Poll<Result<bool, BoxError>> {
        ready!(self.as_mut().poll_open(cx))?;
        let filled = ready!(self.as_mut().poll_items(cx));
        let is_complete = self.is_complete();
        let this = self.project();
        match filled {
            Ok(true) if is_complete => {
                // The stream produces empty items where it should end. Other tasks run before the next ones.
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Ok(false) if !is_complete => {
                *chunks = mem::take(this.chunks);
                Poll::Ready(Err(WrongLength::short(*this.range, *this.produced)))
            }
            Ok(goes_on) => {
                *chunks = mem::take(this.chunks);
                Poll::Ready(Ok(goes_on))
            }
            Err(error) => {
                // The bytes that would complete the range are not sent, because the download would look complete.
                if *this.produced < this.range.len() {
                    *chunks = mem::take(this.chunks);
                }
                Poll::Ready(Err(error))
            }
        }
    }

    fn poll_size(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<u64, BoxError>> {
        Poll::Ready(Ok(self.size))
    }

    fn select(self: Pin<&mut Self>, range: ByteRange) {
        let mut this = self.project();
        *this.range = range;
        *this.produced = 0;
        *this.chunks = Chunks::default();
        this.state.set(State::Due);
    }
}

/// The error of `open`. Its message includes the cause.
#[derive(Debug)]
struct NotOpened {
    range: Range<u64>,
    cause: BoxError,
}

impl NotOpened {
    fn boxed(range: Range<u64>, cause: BoxError) -> BoxError {
        Box::new(Self { range, cause })
    }
}

impl fmt::Display for NotOpened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { range, cause } = self;
        write!(f, "cannot open range {range:?}: {cause}")
    }
}

impl Error for NotOpened {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.source()
    }
}

/// The error of a stream that is not as long as its range.
#[derive(Debug)]
struct WrongLength {
    range: Range<u64>,
    /// The length of the stream, if it was too short.
    got: Option<u64>,
}

impl WrongLength {
    fn long(ByteRange { start, end }: ByteRange) -> BoxError {
        Box::new(Self {
            range: start..end,
            got: None,
        })
    }

    fn short(ByteRange { start, end }: ByteRange, got: u64) -> BoxError {
        Box::new(Self {
            range: start..end,
            got: Some(got),
        })
    }
}

impl fmt::Display for WrongLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { range, got } = self;
        let expected = range.end - range.start;
        match got {
            Some(got) => write!(
                f,
                "stream of range {range:?} ended after {got} of {expected} expected bytes"
            ),
            None => write!(
                f,
                "stream of range {range:?} is longer than the {expected} expected bytes"
            ),
        }
    }
}

impl Error for WrongLength {}
