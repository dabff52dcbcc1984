//! Ends a download whose connection asks for nothing any more.
//!
//! hyper does not poll a body while its own queue is full, so a separate task watches the time. It frees what the source
//! holds (a thread, a permit, a file, a connection to a database), but not the socket, which is hyper's.

use std::{
    sync::{Arc, Mutex, Weak},
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

/// Ends the download if it was idle for the whole timeout. Returns when to look again, if that is worthwhile.
fn check(download: &Weak<Mutex<Download>>, send_timeout: Duration) -> Option<Duration> {
    let download = download.upgrade()?;
    let Ok(mut download) = download.try_lock() else {
        // The connection is asking right now.
        return Some(send_timeout);
    };
    let idle = download
        .idle_since
        .map_or(Duration::ZERO, |since| since.elapsed());
    let left = send_timeout.saturating_sub(idle);
    if !left.is_zero() {
        return Some(left);
    }
    download.give_up();
    None
}
