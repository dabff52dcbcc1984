//! Downloads of fast clients inside a `LocalSet`, where `block_in_place` panics and nothing reveals this in advance. This
//! is a separate test program, because a process stops reading in place after the first panic.

use tests::{large, runtimes};
use tokio::task::{LocalSet, spawn_local};

fn run_in_local_set<F: Future<Output = ()> + 'static>(test: impl Fn() -> F) {
    for runtime in runtimes() {
        LocalSet::new().block_on(&runtime, async {
            spawn_local(test()).await.expect("no panic");
        });
    }
}

/// This is a single test, because only the first read in place can panic.
#[test]
fn each_kind_of_content_is_complete_or_fails_visibly() {
    run_in_local_set(|| large::assert_all_complete(large::kept_by_prompt_connection));
    run_in_local_set(large::assert_all_fail);
}
