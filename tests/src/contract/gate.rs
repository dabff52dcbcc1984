//! A gate at which a source waits until its consumer opens it.

use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use tokio::sync::Notify;

/// A gate and the events that its source reports to the consumer.
#[derive(Debug, Default)]
pub(super) struct Gate {
    state: Mutex<State>,
    opened: Condvar,
    arrived: Notify,
    gone: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// The number of bytes that the waiting source had produced. `None` if no source waits.
    waiting: Option<u64>,
    open: bool,
    /// True once the consumer has left. The gate then no longer holds the source.
    abandoned: bool,
    waker: Option<Waker>,
    is_misused: bool,
}

impl Gate {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    // These methods are for the source.

    /// Blocks this thread until the gate is opened. The source has produced `given` bytes so far.
    pub(super) fn pass(&self, given: u64) {
        let mut state = self.lock();
        state.waiting = Some(given);
        self.arrived.notify_one();
        while !state.open && !state.abandoned {
            state = self
                .opened
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        (state.waiting, state.open) = (None, false);
    }

    /// Polls until the gate is opened. The source has produced `given` bytes so far.
    pub(super) fn poll_pass(&self, given: u64, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        if state.open || state.abandoned {
            (state.waiting, state.open, state.waker) = (None, false, None);
            return Poll::Ready(());
        }
        state.waiting = Some(given);
        state.waker = Some(cx.waker().clone());
        self.arrived.notify_one();
        Poll::Pending
    }

    /// Records that the source was used after its end.
    pub(super) fn misuse(&self) {
        self.lock().is_misused = true;
    }

    /// Records that the source was dropped.
    pub(super) fn leave(&self) {
        self.gone.notify_one();
    }

    // These methods are for the consumer.

    /// Returns the number of bytes that the waiting source had produced, or `None` if no source waits.
    pub(super) fn waiting(&self) -> Option<u64> {
        self.lock().waiting
    }

    /// Waits until a source reaches the gate.
    pub(super) async fn arrived(&self) {
        self.arrived.notified().await;
    }

    /// Lets the waiting source pass.
    pub(super) fn open(&self) {
        let mut state = self.lock();
        state.open = state.waiting.take().is_some();
        self.opened.notify_all();
        if let Some(waker) = state.waker.take() {
            drop(state);
            waker.wake();
        }
    }

    /// Opens the gate permanently.
    pub(super) fn abandon(&self) {
        self.lock().abandoned = true;
        self.opened.notify_all();
    }

    /// Waits until the source is dropped.
    pub(super) async fn gone(&self) {
        self.gone.notified().await;
        // The permit is restored, so that a later call returns, too.
        self.gone.notify_one();
    }

    pub(super) fn is_misused(&self) -> bool {
        self.lock().is_misused
    }
}
