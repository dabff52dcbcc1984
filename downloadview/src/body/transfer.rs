//! A download under way: its first bytes, its slices, and the deadline of its source.

use std::{
    future::{Future, poll_fn},
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::BoxError;
use bytes::Bytes;
use tokio::time::{Instant, Sleep, sleep};
use tracing::Span;

use super::{
    Selection, Source,
    buffer::{CHUNK, SLICE},
    chunk::Chunk,
    selection::Progress,
};

use crate::error::{Aborted, Fault};

/// The bytes that are sent. The first chunk is awaited before the head of the response.
pub(crate) struct Transfer {
    /// Dropped, and with it the source, once all bytes have been read.
    selection: Option<Selection>,
    /// The rest of the last chunk, which the connection has not received yet.
    chunk: Bytes,
    /// The maximum number of bytes that the connection receives at a time.
    slice: usize,
    /// The number of bytes that the connection has not received yet, if it is known.
    remaining: Option<u64>,
    /// True if the transfer was aborted and the connection does not know it yet.
    is_broken: bool,
    stall: StallTimer,
}

/// Returns the number of bytes of a source that can seek. The deadline applies, panics are caught, and the source runs in the span
/// of the download, as they do while its bytes are read.
pub(crate) async fn size(
    source: &mut Source,
    stall_timeout: Option<Duration>,
    span: &Span,
) -> Result<u64, BoxError> {
    let mut stall = StallTimer::new(stall_timeout);
    let mut poll =
        |cx: &mut Context<'_>| match catch_unwind(AssertUnwindSafe(|| source.poll_size(cx))) {
            Ok(Poll::Pending) => stall
                .poll(|wait| source.working_since(wait), cx)
                .map(|stalled| Err(stalled.into())),
            Ok(size) => size,
            Err(panic) => Poll::Ready(Err(Fault::panicked(panic).into())),
        };
    poll_fn(|cx| span.in_scope(|| poll(cx))).await
}

impl Transfer {
    /// `length` is the number of bytes of the selection, if it is known.
    pub(crate) fn new(
        selection: Selection,
        length: Option<u64>,
        stall_timeout: Option<Duration>,
    ) -> Self {
        Self {
            slice: if selection.is_memory() {
                usize::MAX
            } else {
                SLICE
            },
            selection: Some(selection),
            chunk: Bytes::new(),
            remaining: length,
            is_broken: false,
            stall: StallTimer::new(stall_timeout),
        }
    }

    /// Waits for the first bytes, so that a source that fails at once is answered with 500. Returns the bytes if they are the whole
    /// content.
    pub(crate) async fn first(&mut self, span: &Span) -> Result<Option<Bytes>, BoxError> {
        if !self.chunk.is_empty() {
            return Ok(None);
        }
        let must_be_whole = self.is_short();
        let mut gathered = Vec::new();
        loop {
            self.chunk = poll_fn(|cx| span.in_scope(|| self.poll_chunk(cx))).await?;
            let is_over = self.selection.is_none();
            if !must_be_whole || (is_over && gathered.is_empty()) {
                return Ok(is_over.then(|| mem::take(&mut self.chunk)));
            }
            gathered.extend_from_slice(&self.chunk);
            if is_over {
                return Ok(Some(gathered.into()));
            }
        }
    }

    /// Returns true if the whole content should be written together with the head. `axum::serve` leaves Nagle's algorithm on, so a
    /// second write can wait 40 ms for the delayed acknowledgement of the client.
    fn is_short(&self) -> bool {
        self.remaining.is_some_and(|length| length <= CHUNK as u64)
            && self.selection.as_ref().is_some_and(Selection::can_seek)
    }

    /// Returns the next bytes for the connection, or `None` at the end.
    pub(super) fn poll_slice(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, BoxError>>> {
        if mem::take(&mut self.is_broken) {
            self.remaining = Some(0);
            return Poll::Ready(Some(Err(Aborted(None).into())));
        }
        if self.chunk.is_empty() && self.selection.is_some() {
            match ready!(self.poll_chunk(cx)) {
                Ok(chunk) => self.chunk = chunk,
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
        let slice = self.chunk.split_to(self.slice.min(self.chunk.len()));
        if let Some(remaining) = &mut self.remaining {
            *remaining = remaining.saturating_sub(slice.len() as u64);
        }
        Poll::Ready((!slice.is_empty()).then_some(Ok(slice)))
    }

    /// Returns the next bytes of the selection, and drops it after the last ones.
    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Result<Bytes, BoxError>> {
        let polled = ready!(self.poll_selection(cx));
        self.stall.stop();
        match polled {
            Ok(Progress::Skipped) => {
                // Skipping can take as long as the file is long, so other tasks run in between.
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Ok(Progress::Chunk(Chunk { bytes, is_last })) => {
                let is_complete = self.remaining == Some(bytes.len() as u64);
                if is_last || is_complete {
                    self.selection = None;
                }
                Poll::Ready(Ok(bytes))
            }
            Err(error) => {
                self.selection = None;
                self.remaining = Some(0);
                Poll::Ready(Err(error))
            }
        }
    }

    fn poll_selection(&mut self, cx: &mut Context<'_>) -> Poll<Result<Progress, BoxError>> {
        let Some(selection) = &mut self.selection else {
            return Poll::Ready(Ok(Progress::Chunk(Chunk::END)));
        };
        match catch_unwind(AssertUnwindSafe(|| selection.poll_chunk(cx))) {
            Ok(Poll::Pending) => self
                .stall
                .poll(|wait| selection.working_since(wait), cx)
                .map(|stalled| Err(selection.locate(stalled.into()))),
            Ok(polled) => polled,
            Err(panic) => Poll::Ready(Err(Fault::panicked(panic).into())),
        }
    }

    /// Drops the remaining bytes and returns the source. The body fails when the connection asks again.
    pub(super) fn give_up(&mut self) -> Option<Selection> {
        self.is_broken = true;
        self.chunk = Bytes::new();
        self.selection.take()
    }

    /// Returns true once the connection has received everything.
    pub(super) fn is_over(&self) -> bool {
        !self.is_broken && self.selection.is_none() && self.chunk.is_empty()
    }

    /// Returns true while there is a source that holds something other than memory.
    pub(super) fn has_source(&self) -> bool {
        self.selection
            .as_ref()
            .is_some_and(|selection| !selection.is_memory())
    }

    /// Returns the number of bytes that the connection has not received yet, if it is known.
    pub(crate) fn remaining(&self) -> Option<u64> {
        self.remaining
    }
}

/// The deadline of a source that produces nothing while the connection waits for it.
struct StallTimer {
    timeout: Option<Duration>,
    /// The time since which the connection waits, and the timer that ends the wait.
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl StallTimer {
    fn new(timeout: Option<Duration>) -> Self {
        Self {
            timeout,
            waiting: None,
        }
    }

    fn stop(&mut self) {
        self.waiting = None;
    }

    /// Is ready when the source has worked for the whole timeout. `working_since` is [`Source::working_since`].
    fn poll(
        &mut self,
        working_since: impl FnOnce(Instant) -> Option<Instant>,
        cx: &mut Context<'_>,
    ) -> Poll<Fault> {
        let Some(timeout) = self.timeout else {
            return Poll::Pending;
        };
        let (wait, timer) = self
            .waiting
            .get_or_insert_with(|| (Instant::now(), Box::pin(sleep(timeout))));
        ready!(timer.as_mut().poll(cx));
        // The time for which a source is queued for a thread does not count.
        let since = working_since(*wait).unwrap_or_else(Instant::now);
        let Some(left) = timeout
            .checked_sub(since.elapsed())
            .filter(|left| !left.is_zero())
        else {
            return Poll::Ready(Fault::Stalled);
        };
        timer.set(sleep(left));
        timer.as_mut().poll(cx).map(|()| Fault::Stalled)
    }
}
