//! A gate at which a source waits, and whoever polls it knows that it does.

use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use tokio::sync::Notify;

/// A gate, and what else is seen of a source from outside.
#[derive(Debug, Default)]
pub(super) struct Gate {
    state: Mutex<State>,
    opened: Condvar,
    arrived: Notify,
    gone: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// What the source had given when it came to wait.
    waiting: Option<u64>,
    open: bool,
    /// Nobody waits any more: there is nobody left who would open.
    abandoned: bool,
    waker: Option<Waker>,
    is_misused: bool,
}

impl Gate {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    // The side of the source.

    /// Waits on this thread; a source that has given `given` bytes.
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

    /// Waits as futures do.
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

    /// The source was asked again after its end.
    pub(super) fn misuse(&self) {
        self.lock().is_misused = true;
    }

    /// The source was dropped.
    pub(super) fn leave(&self) {
        self.gone.notify_one();
    }

    // The side of whoever polls.

    /// What the source that waits had given.
    pub(super) fn waiting(&self) -> Option<u64> {
        self.lock().waiting
    }

    /// A source has come to wait.
    pub(super) async fn arrived(&self) {
        self.arrived.notified().await;
    }

    /// Lets the source that waits pass.
    pub(super) fn open(&self) {
        let mut state = self.lock();
        state.open = state.waiting.take().is_some();
        self.opened.notify_all();
        if let Some(waker) = state.waker.take() {
            drop(state);
            waker.wake();
        }
    }

    /// Lets everybody pass from now on.
    pub(super) fn abandon(&self) {
        self.lock().abandoned = true;
        self.opened.notify_all();
    }

    /// The source was dropped.
    pub(super) async fn gone(&self) {
        self.gone.notified().await;
        // Whoever asks next is told, too.
        self.gone.notify_one();
    }

    pub(super) fn is_misused(&self) -> bool {
        self.lock().is_misused
    }
}
