//! Ends a download whose connection has stopped asking for data.
//!
//! hyper does not poll a body while its own queue is full, so a separate task watches the time. The task frees everything that the source
//! holds: a thread, a permit, a file, a database connection. It cannot close the socket, which belongs to hyper.

use std::{
    sync::{Arc, Mutex, TryLockError, Weak},
    time::Duration,
};

use tokio::{
    runtime::Handle,
    task::AbortHandle,
    time::{Instant, sleep},
};

use super::Download;

/// Stops watching when it is dropped.
pub(super) struct Watchdog(AbortHandle);

impl Watchdog {
    /// Starts to watch `download`, unless the timeout is endless or there is no runtime.
    pub(super) fn start(download: &Arc<Mutex<Download>>, send_timeout: Duration) -> Option<Self> {
        Instant::now().checked_add(send_timeout)?;
        let runtime = Handle::try_current().ok()?;
        let watch = watch(Arc::downgrade(download), send_timeout);
        Some(Self(runtime.spawn(watch).abort_handle()))
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn watch(download: Weak<Mutex<Download>>, send_timeout: Duration) {
    while let Some(wait) = check(&download, send_timeout) {
        sleep(wait).await;
    }
}

/// Ends the download if it was idle for the whole timeout. Returns the time of the next check, if there is one.
fn check(download: &Weak<Mutex<Download>>, send_timeout: Duration) -> Option<Duration> {
    let download = download.upgrade()?;
    let mut download = match download.try_lock() {
        Ok(download) => download,
        Err(TryLockError::Poisoned(download)) => download.into_inner(),
        // The connection is polling the body right now.
        Err(TryLockError::WouldBlock) => return Some(send_timeout),
    };
    if download.transfer.is_over() {
        return None;
    }
    // A connection that waits for the source is not idle: the source will wake it.
    let idle = download
        .idle_since
        .map_or(Duration::ZERO, |since| since.elapsed());
    let left = send_timeout.saturating_sub(idle);
    if !left.is_zero() {
        return Some(left);
    }
    let (source, mut report) = download.give_up();
    drop(download);
    drop(source);
    report.client_stalled();
    None
}
