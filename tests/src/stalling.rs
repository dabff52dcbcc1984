//! A reader that is fast at first and then stalls.

use std::{
    io::{self, Read, Seek, SeekFrom},
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, Sender, channel},
    },
    time::Duration,
};

use axum::{Router, routing::get};
use downloadview::{Content, Download, DownloadRequest};

/// A reader that fills every buffer at first. It then blocks until the sender returned by [`Self::new`] is dropped.
#[derive(Debug)]
pub struct Stalling {
    left: usize,
    held: Receiver<()>,
}

impl Stalling {
    /// The number of bytes before the stall. A client that drains them counts as fast.
    pub const SIZE: usize = 64 << 20;

    /// Returns the reader and the sender that keeps it stalled.
    pub fn new() -> (Sender<()>, Self) {
        let (sender, held) = channel();
        let left = Self::SIZE;
        (sender, Self { left, held })
    }

    /// Serves the reader at `/` for one request.
    ///
    /// # Panics
    /// Panics if there is a second request.
    pub fn into_router(self) -> Router {
        let reader = Arc::new(Mutex::new(Some(self)));
        let serve = async move |request: DownloadRequest| {
            let reader = reader.lock().unwrap().take().expect("one request");
            let download = Download::new(Content::from_reader(reader));
            download.respond(&request).await
        };
        Router::new().route("/", get(serve))
    }
}

impl Read for Stalling {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            // A test fails long before this limit, which ends the thread.
            let _ = self.held.recv_timeout(Duration::from_secs(60));
            return Ok(0);
        }
        let n = buffer.len().min(self.left);
        self.left -= n;
        buffer[..n].fill(b'#');
        Ok(n)
    }
}

impl Seek for Stalling {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        Ok(if to == SeekFrom::End(0) { 1 << 30 } else { 0 })
    }
}
