//! The contract of a body, whatever its source does: exact in its size hint, no empty frame, nothing after its end or its
//! failure, no byte and no wake lost at whatever poll it is left.
//!
//! A case is made of bytes, so that both a property test and a fuzzer can look for one that breaks it.

mod case;
mod drive;
mod gate;
mod model;
mod source;

use std::{panic::resume_unwind, sync::LazyLock};

use tokio::runtime::{Builder, Runtime};

use case::Case;
use drive::Watch;

static ONE_THREAD: LazyLock<Runtime> =
    LazyLock::new(|| runtime(&mut Builder::new_current_thread()));
static MANY_THREADS: LazyLock<Runtime> =
    LazyLock::new(|| runtime(Builder::new_multi_thread().worker_threads(2)));

fn runtime(of: &mut Builder) -> Runtime {
    of.enable_all().build().expect("a runtime")
}

/// Serves the case that `input` stands for on runtimes of both sorts.
///
/// # Panics
/// When a body breaks the contract.
pub fn holds_for(input: &[u8]) {
    let case = Case::from_bytes(input);
    ONE_THREAD.block_on(Watch::new(&case).run());
    let many = MANY_THREADS.spawn(Watch::new(&case).run());
    if let Err(error) = MANY_THREADS.block_on(many) {
        resume_unwind(error.into_panic());
    }
}

/// The case that `input` stands for, in words.
pub fn describe(input: &[u8]) -> String {
    format!("{:#?}", Case::from_bytes(input))
}
