//! Drops values that may block on the blocking pool, or on a plain thread if the runtime is gone.

use std::{
    any::type_name,
    mem::needs_drop,
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
};

use tokio::runtime::Handle;
use tracing::Span;

use crate::{error::Fault, outcome::TARGET};

/// Owns a source, or a view that may hold one.
///
/// A destructor may block, as that of `postgres::Client` does, and tokio panics if a runtime is dropped in an async context. Therefore,
/// dropping a guard moves the value to the blocking pool. A panic of the destructor is caught and logged.
#[derive(Debug)]
pub(crate) struct Guard<T: Send + 'static> {
    /// `None` once the value has been taken out.
    value: Option<T>,
    /// The type to name in the log if its destructor panics.
    name: &'static str,
    may_block: bool,
}

const TAKEN: &str = "the value is taken out only with its guard";

impl<T: Send + 'static> Guard<T> {
    /// Guards a value made from a `Source` whose destructor may block.
    pub(crate) fn blocking<Source>(value: T) -> Self {
        Self::new::<Source>(value, needs_drop::<Source>())
    }

    /// Guards a value made from a `Source` whose destructor does not block.
    pub(crate) fn non_blocking<Source>(value: T) -> Self {
        Self::new::<Source>(value, false)
    }

    fn new<Source>(value: T, may_block: bool) -> Self {
        Self {
            value: Some(value),
            name: type_name::<Source>(),
            may_block,
        }
    }

    pub(crate) fn get(&self) -> &T {
        self.value.as_ref().expect(TAKEN)
    }

    pub(crate) fn get_mut(&mut self) -> &mut T {
        self.value.as_mut().expect(TAKEN)
    }

    /// Returns the value without its guard.
    pub(crate) fn into_inner(mut self) -> T {
        self.value.take().expect(TAKEN)
    }

    /// Drops the value on this thread, which must be allowed to block.
    pub(crate) fn drop_here(mut self) {
        self.may_block = false;
    }
}

impl<T: Send + 'static> Drop for Guard<T> {
    fn drop(&mut self) {
        let Some(value) = self.value.take() else {
            return;
        };
        let doomed = Doomed {
            value: Some(value),
            name: self.name,
            span: Span::current(),
        };
        if self.may_block {
            doomed.drop_on_pool();
        } else {
            doomed.drop_here();
        }
    }
}

/// A value to be dropped on another thread. If the pool refuses it, its destructor starts a thread.
struct Doomed<T: Send + 'static> {
    value: Option<T>,
    name: &'static str,
    span: Span,
}

impl<T: Send + 'static> Doomed<T> {
    fn drop_on_pool(self) {
        if let Ok(runtime) = Handle::try_current() {
            // tokio panics if the system refuses a thread. The closure is dropped then, as it is when the pool shuts down.
            let spawn = || runtime.spawn_blocking(move || self.drop_here());
            drop(catch_unwind(AssertUnwindSafe(spawn)));
        }
    }

    fn drop_here(mut self) {
        if let Some(value) = self.value.take() {
            let _entered = self.span.enter();
            drop_and_log(value, self.name);
        }
    }
}

impl<T: Send + 'static> Drop for Doomed<T> {
    fn drop(&mut self) {
        let Some(value) = self.value.take() else {
            return;
        };
        let name = self.name;
        let thread = thread::Builder::new().name("downloadview-drop".to_owned());
        // If the system refuses a thread, the closure is dropped here. There is no other place left.
        let spawn = || thread.spawn(move || drop_and_log(value, name));
        drop(catch_unwind(AssertUnwindSafe(spawn)));
    }
}

fn drop_and_log<T>(value: T, name: &'static str) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(value))) {
        let error = Fault::panicked(panic);
        tracing::error!(target: TARGET, source = name, %error, "source panicked while it was dropped");
    }
}
