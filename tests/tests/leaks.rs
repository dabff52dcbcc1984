//! What failed downloads leave behind: a process of its own, for it counts the threads.

use tests::{
    failing::{KINDS, ROWS, Scene},
    process::held,
};

#[tokio::test(flavor = "multi_thread")]
async fn failures_leave_no_thread_and_no_descriptor_behind() {
    let mut scene = Scene::open().await;
    let mut counts = Vec::new();
    for _ in 0..6 {
        for kind in KINDS {
            scene
                .fails(&format!("/{kind}/{ROWS}/{}/error/-", ROWS / 2))
                .await;
        }
        counts.push(held());
    }
    // The pool keeps a few idle threads; what is left behind of each of 40 downloads would be many more.
    let (first, last) = (counts[1], counts[5]);
    assert!(
        last.0 < first.0 + 8 && last.1 < first.1 + 8,
        "threads and descriptors: {counts:?}"
    );
}
