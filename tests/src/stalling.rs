//! A reader that is swift at first, and stalls.

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

/// Gives much at a time, then nothing for as long as the other end is held.
#[derive(Debug)]
pub struct Stalling {
    left: usize,
    held: Receiver<()>,
}

impl Stalling {
    /// More than proves that a client is fast, and no read is short.
    pub const SIZE: usize = 64 << 20;

    /// What holds it, and the reader.
    pub fn new() -> (Sender<()>, Self) {
        let (sender, held) = channel();
        let left = Self::SIZE;
        (sender, Self { left, held })
    }

    /// Serves it at `/`, to one request.
    ///
    /// # Panics
    /// At a second request.
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
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            // Long enough for a test to fail, and not for ever.
            let _ = self.held.recv_timeout(Duration::from_secs(60));
            return Ok(0);
        }
        let n = room.len().min(self.left);
        self.left -= n;
        room[..n].fill(b'#');
        Ok(n)
    }
}

impl Seek for Stalling {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        Ok(if to == SeekFrom::End(0) { 1 << 30 } else { 0 })
    }
}
