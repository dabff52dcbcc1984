//! What several test programs share: a server on a loopback socket, strict clients, and every kind of content.

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

/// A runtime of each sort, with few threads to wait on.
///
/// # Panics
/// When the system gives no threads.
pub fn runtimes() -> [Runtime; 2] {
    runtimes_of(4)
}

/// The same with another pool.
///
/// # Panics
/// When the system gives no threads.
pub fn runtimes_of(blocking_threads: usize) -> [Runtime; 2] {
    let runtime = |of: &mut Builder| {
        let of = of.enable_all().max_blocking_threads(blocking_threads);
        of.build()
    };
    [
        runtime(&mut Builder::new_current_thread()).expect("a runtime"),
        runtime(Builder::new_multi_thread().worker_threads(2)).expect("a runtime"),
    ]
}

/// What `future` gives.
///
/// # Panics
/// When it takes half a minute.
pub async fn within<T>(future: impl Future<Output = T>) -> T {
    let patience = Duration::from_secs(30);
    tokio::time::timeout(patience, future)
        .await
        .expect("in time")
}

/// Runs a test, which must end: what hangs fails.
///
/// # Panics
/// When it does not end in a minute.
pub async fn limited<T>(test: impl Future<Output = T>) -> T {
    let minute = Duration::from_secs(60);
    tokio::time::timeout(minute, test)
        .await
        .expect("an end within a minute")
}
