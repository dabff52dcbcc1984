//! Whether the first bytes of content go out at once, or with the rest.
//!
//! Content that ends within its first frame is in memory, but no source says beforehand that its end is near. So what it
//! gave first is kept while more comes, for a few milliseconds at most; a source that waits for something itself shows
//! within a look.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
    thread,
    time::{Duration, Instant},
};

use tokio::time::{Sleep, sleep};

use super::PATIENCE;

/// How long to look whether more comes. It is spent running, but others run between: threads and tasks.
const LOOK: Duration = Duration::from_micros(50);
/// How often to wait for [`PATIENCE`] where more came: a source that gives a little now and then must not be kept back until a frame is full.
const WAITS: u8 = 5;

/// The default does not linger.
#[derive(Default)]
pub(crate) struct Linger {
    waits: u8,
    step: Step,
}

#[derive(Default)]
enum Step {
    #[default]
    First,
    /// Since when, and how many bytes were held then.
    Look(Instant, usize),
    Wait(Pin<Box<Sleep>>),
}

impl Linger {
    pub(crate) fn new() -> Self {
        Self {
            waits: WAITS,
            step: Step::First,
        }
    }

    /// Ready when the `held` bytes should go out without waiting for more; else the task is woken to ask again.
    /// `first`: how many of them came first.
    pub(crate) fn poll(&mut self, first: usize, held: usize, cx: &mut Context<'_>) -> Poll<()> {
        while self.waits > 0 {
            match &mut self.step {
                Step::First => self.step = Step::Look(Instant::now(), first),
                Step::Look(_, before) if held > *before => {
                    self.step = Step::Wait(Box::pin(sleep(PATIENCE)));
                }
                Step::Look(since, _) if since.elapsed() > LOOK => self.waits = 0,
                Step::Look(..) => {
                    thread::yield_now();
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Step::Wait(timer) => {
                    ready!(timer.as_mut().poll(cx));
                    self.waits -= 1;
                    self.step = Step::Look(Instant::now(), held);
                }
            }
        }
        Poll::Ready(())
    }
}
