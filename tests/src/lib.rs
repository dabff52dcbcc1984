//! What several test programs share: a server on a loopback socket, strict clients, and every kind of content.

use std::{future::Future, time::Duration};

pub mod call;
pub mod contract;
pub mod disposition;
pub mod failing;
pub mod http1;
pub mod http2;
pub mod kinds;
pub mod log;
pub mod message;
pub mod multipart;
pub mod random;
pub mod server;

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
