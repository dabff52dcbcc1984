//! The body of an answer: pulled from the source when the connection asks, exact in length, honest when it breaks.

pub(crate) mod blocking;
mod failure;
mod flight;
pub(crate) mod frames;
mod in_place;
mod linger;
mod report;
mod selection;
mod transfer;

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::BoxError;
use bytes::Bytes;

use crate::decision::ByteRange;

pub(crate) use failure::{Panicked, WrongLength};
pub(crate) use report::{Report, TARGET};
pub(crate) use selection::{Given, Origin, Selection};
pub(crate) use transfer::{NoBody, Transfer, size};

/// For how long what might go on at once is waited for: the finest that tokio's timer can tell.
const PATIENCE: Duration = Duration::from_millis(1);

/// Bytes in frames, from the first to the last.
pub(crate) trait Source: Send {
    /// The next frame, never an empty one; `None` at the end. `most` is how much the connection takes at a time: to make
    /// more of it is a waste. It is `usize::MAX` where a fast one has sent all that it was given: then nothing is kept from
    /// the client while the source makes it wait.
    fn poll_frame(
        self: Pin<&mut Self>,
        most: usize,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, BoxError>>>;

    /// Whether it waits for others, not for itself: then it does not stall.
    fn is_queued(&self) -> bool {
        false
    }

    /// Tells it that somebody counts how long it waits: it must not do so on the thread of the connection, where nobody
    /// could break it off.
    fn watch(self: Pin<&mut Self>) {}

    /// Whether it has bytes that it keeps until there are more, for [`PATIENCE`] at most.
    fn is_giving(&self) -> bool {
        false
    }

    /// Whether the next frame may make the connection itself wait, rather than a thread of the pool.
    fn waits_in_place(&self) -> bool {
        false
    }

    /// Whether all frames are slices of memory that is held anyway.
    fn is_memory(&self) -> bool {
        false
    }
}

/// A source that can be read from any position, and again.
pub(crate) trait Seekable: Source {
    /// How many bytes there are.
    fn poll_size(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<u64, BoxError>>;

    /// The next frames are those of `range`. Called before the first frame and after the last one.
    fn select(self: Pin<&mut Self>, range: ByteRange);
}
