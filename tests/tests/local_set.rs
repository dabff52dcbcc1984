//! What a client gets that was found to be fast, of a view inside a `LocalSet`: there `block_in_place` panics, as nothing
//! reveals beforehand. A process of its own: once refused, nothing in it is read in place any more.

use tests::{large, runtimes};
use tokio::task::{LocalSet, spawn_local};

fn locally<F: Future<Output = ()> + 'static>(test: impl Fn() -> F) {
    for runtime in runtimes() {
        LocalSet::new().block_on(&runtime, async {
            spawn_local(test()).await.expect("no panic");
        });
    }
}

/// One test, for only what is read first is refused.
#[test]
fn each_kind_of_content_comes_whole_and_what_goes_wrong_is_seen_to_fail() {
    locally(|| large::all_come_whole(large::few));
    locally(large::all_are_seen_to_fail);
}
