//! Reading on the thread of the connection: cheaper than a turn on the pool, where the runtime can spare that thread.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};

use axum::BoxError;
use tokio::{
    runtime::{Handle, RuntimeFlavor},
    task::block_in_place,
};

use super::failure::Panicked;

pub(super) fn is_allowed() -> bool {
    // Without unwinding, the panic inside a `LocalSet` would end the process.
    cfg!(panic = "unwind")
        && !REFUSED.load(Ordering::Relaxed)
        && Handle::current().runtime_flavor() == RuntimeFlavor::MultiThread
}

/// Runs `fill` on this very thread; `None` where that is refused and nothing was done.
pub(super) fn try_fill(
    fill: impl FnOnce() -> Result<bool, BoxError>,
) -> Option<Result<bool, BoxError>> {
    let _place = Place::take()?;
    let mut begun = false;
    let run = || {
        block_in_place(|| {
            begun = true;
            fill()
        })
    };
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(filled) => Some(filled),
        Err(panic) if begun => Some(Err(Panicked::new(&*panic).into())),
        Err(_) => {
            REFUSED.store(true, Ordering::Relaxed);
            None
        }
    }
}

/// Set once `block_in_place` has panicked, as it does inside a `LocalSet`, which nothing reveals beforehand.
static REFUSED: AtomicBool = AtomicBool::new(false);

/// Leave to block a worker of the runtime. tokio lets a thread of the pool take its work over, but where the pool has none
/// left, the work waits. So of several workers one always stays free, or sources that hang could stop everything.
struct Place;

/// How many places there are where one worker is all: it relies on its pool.
const FEW: usize = 4;

/// How many are taken, in all runtimes of the process.
static TAKEN: AtomicUsize = AtomicUsize::new(0);

impl Place {
    fn take() -> Option<Self> {
        let places = match Handle::current().metrics().num_workers() {
            1 => FEW,
            workers => workers - 1,
        };
        let one_more = |taken: usize| (taken < places).then_some(taken + 1);
        let before = TAKEN.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more);
        before.ok().map(|_| Self)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        TAKEN.fetch_sub(1, Ordering::Relaxed);
    }
}
