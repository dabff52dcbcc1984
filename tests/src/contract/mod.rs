//! Checks the contract of a body for arbitrary sources. The size hint is exact, no frame is empty, and nothing follows
//! the end or a failure. No byte and no wake is lost, even if polls are abandoned.
//!
//! A case is decoded from bytes, so that both a property test and a fuzzer can search for one that breaks the contract.

mod case;
mod drive;
mod gate;
mod model;
mod source;

use std::{panic::resume_unwind, sync::LazyLock};

use tokio::runtime::{Builder, Runtime};

use case::Case;
use drive::CaseRun;

static ONE_THREAD: LazyLock<Runtime> =
    LazyLock::new(|| runtime(&mut Builder::new_current_thread()));
static MANY_THREADS: LazyLock<Runtime> =
    LazyLock::new(|| runtime(Builder::new_multi_thread().worker_threads(2)));

fn runtime(builder: &mut Builder) -> Runtime {
    builder.enable_all().build().expect("a runtime")
}

/// Checks the case that `input` encodes on a current-thread and a multi-thread runtime.
///
/// # Panics
/// Panics if the body breaks the contract.
pub fn holds_for(input: &[u8]) {
    let case = Case::from_bytes(input);
    ONE_THREAD.block_on(CaseRun::new(&case).run());
    let many = MANY_THREADS.spawn(CaseRun::new(&case).run());
    if let Err(error) = MANY_THREADS.block_on(many) {
        resume_unwind(error.into_panic());
    }
}

/// Describes the case that `input` encodes.
pub fn describe(input: &[u8]) -> String {
    format!("{:#?}", Case::from_bytes(input))
}
