//! Code that the test programs share: a server on a loopback socket, strict clients, and every kind of content.

use std::{future::Future, time::Duration};

use tokio::runtime::{Builder, Runtime};

pub mod archives;
pub mod blocking;
pub mod call;
pub mod contract;
pub mod disposition;
pub mod failing;
pub mod http1;
pub mod http2;
pub mod kinds;
pub mod large;
pub mod log;
pub mod message;
pub mod multipart;
pub mod process;
pub mod random;
pub mod server;
pub mod stalling;
pub mod upstream;

/// Returns a current-thread and a multi-thread runtime, each with only four blocking threads.
///
/// # Panics
/// Panics if the system cannot create a thread.
pub fn runtimes() -> [Runtime; 2] {
    runtimes_of(4)
}

/// Returns a current-thread and a multi-thread runtime with this many blocking threads.
///
/// # Panics
/// Panics if the system cannot create a thread.
pub fn runtimes_of(blocking_threads: usize) -> [Runtime; 2] {
    let build = |builder: &mut Builder| {
        let builder = builder.enable_all().max_blocking_threads(blocking_threads);
        builder.build()
    };
    [
        build(&mut Builder::new_current_thread()).expect("a runtime"),
        build(Builder::new_multi_thread().worker_threads(2)).expect("a runtime"),
    ]
}

/// Waits for `future` and returns its output.
///
/// # Panics
/// Panics if this takes more than 30 seconds.
pub async fn within<T>(future: impl Future<Output = T>) -> T {
    let limit = Duration::from_secs(30);
    tokio::time::timeout(limit, future)
        .await
        .expect("the future should be ready within 30 seconds")
}

/// Runs a test, and fails it if it hangs.
///
/// # Panics
/// Panics if the test takes more than a minute.
pub async fn limited<T>(test: impl Future<Output = T>) -> T {
    let minute = Duration::from_secs(60);
    tokio::time::timeout(minute, test)
        .await
        .expect("the test should end within a minute")
}
