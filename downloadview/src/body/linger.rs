//! Whether the first bytes of content go out at once, or with the rest.
//!
//! Content that ends within its first frame is in memory, but no source says beforehand that its end is near. So what one of
//! unknown length gave first is kept while more comes, for a few milliseconds at most; a source that waits for something
//! itself is found out by a look.

use std::{
    task::{Context, Poll},
    thread,
    time::{Duration, Instant},
};

use super::PATIENCE;

/// How long to look whether more comes. It is spent running, but other tasks run between.
const LOOK: Duration = Duration::from_micros(50);
/// How long it may take in all: with one wait of a source that gathers.
const MOST: Duration = PATIENCE.saturating_mul(3);

#[derive(Default)]
pub(super) struct Linger {
    /// When the first look began.
    begin: Option<Instant>,
    /// When this one did.
    look: Option<Instant>,
}

impl Linger {
    /// More came: then more may follow.
    pub(super) fn restart(&mut self) {
        self.look = None;
    }

    /// Ready when it was long enough. `is_giving`: whether the source wakes the task with more, or else is looked at again.
    pub(super) fn poll(&mut self, is_giving: bool, cx: &mut Context<'_>) -> Poll<()> {
        if self.begin.is_none() {
            // The wake-up may have put this thread before that of the source, on the same core.
            thread::yield_now();
        }
        let now = Instant::now();
        let begin = *self.begin.get_or_insert(now);
        self.look = (!is_giving).then(|| self.look.unwrap_or(now));
        if now - begin > MOST || self.look.is_some_and(|look| now - look > LOOK) {
            return Poll::Ready(());
        }
        if !is_giving {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }
}
