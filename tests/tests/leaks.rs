//! Failed downloads leave no resources behind. This is a separate test program because it counts the process's threads.

use tests::{
    failing::{FailingServer, KINDS, ROWS},
    process::resources,
};

#[tokio::test(flavor = "multi_thread")]
async fn failures_leave_no_thread_and_no_descriptor_behind() {
    let mut server = FailingServer::open().await;
    let mut counts = Vec::new();
    for _ in 0..6 {
        for kind in KINDS {
            server
                .assert_fails(&format!("/{kind}/{ROWS}/{}/error/-", ROWS / 2))
                .await;
        }
        counts.push(resources());
    }
    // The pool keeps a few idle threads. A leak in each of the 40 downloads would add many more.
    let (first, last) = (counts[1], counts[5]);
    assert!(
        last.0 < first.0 + 8 && last.1 < first.1 + 8,
        "threads and descriptors: {counts:?}"
    );
}
