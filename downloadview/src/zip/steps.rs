//! Fills chunks step by step, for archives with a layout and without one.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    task::{Context, Poll},
};

use axum::BoxError;

use crate::{
    body::{buffer::Chunks, source::AsyncSource},
    error::Fault,
};

/// The number of steps without output after which other tasks run. Each reads a chunk at most.
const QUIET_STEPS: u32 = 16;

/// A source that produces its bytes in small steps.
pub(super) trait Steps: AsyncSource {
    /// Returns true if there are no more bytes.
    fn is_over(&self) -> bool;

    /// Produces some bytes, or makes progress towards them.
    fn poll_step(
        &mut self,
        chunks: &mut Chunks,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), BoxError>>;
}

/// Takes steps until the chunk is full, the source is over or a step is pending. Returns false at the end of the source.
///
/// A panic of a step is reported with the entry at which it happened.
pub(super) fn poll_steps(
    source: &mut impl Steps,
    chunks: &mut Chunks,
    cx: &mut Context<'_>,
) -> Poll<Result<bool, BoxError>> {
    let mut quiet = 0;
    while !source.is_over() && !chunks.is_full() {
        let before = chunks.len();
        let step = catch_unwind(AssertUnwindSafe(|| source.poll_step(chunks, cx)));
        match step {
            Ok(Poll::Ready(Ok(()))) if quiet < QUIET_STEPS => {}
            Ok(Poll::Ready(Ok(()))) => {
                cx.waker().wake_by_ref();
                return pending(chunks);
            }
            Ok(Poll::Ready(Err(error))) => return Poll::Ready(Err(error)),
            Ok(Poll::Pending) => return pending(chunks),
            Err(panic) => {
                let fault = Fault::panicked(panic);
                return Poll::Ready(Err(source.locate(fault.into())));
            }
        }
        quiet = if chunks.len() == before { quiet + 1 } else { 0 };
    }
    Poll::Ready(Ok(!source.is_over()))
}

/// Waits, unless there is something to send.
fn pending(chunks: &Chunks) -> Poll<Result<bool, BoxError>> {
    if chunks.is_empty() {
        Poll::Pending
    } else {
        Poll::Ready(Ok(true))
    }
}
