//! How many writer closures run at once: a process of its own, for the first one fixes the limit.

use std::{
    io::{self, Write},
    time::Duration,
};

use downloadview::{Content, Download, DownloadRequest, limit_writers};
use tokio::time::timeout;

#[tokio::test(flavor = "multi_thread")]
async fn writers_beyond_the_limit_wait_for_their_turn() {
    limit_writers(2);
    let first = begin().await;
    let _second = begin().await;
    let mut third = Box::pin(begin());
    let early = timeout(Duration::from_millis(100), &mut third).await;
    assert!(early.is_err(), "a third writer runs beside two");
    drop(first);
    let third = timeout(Duration::from_secs(30), third)
        .await
        .expect("in time");
    assert_eq!(third.status(), 200);
}

/// A download without end, of which nobody takes more than the first bytes.
async fn begin() -> axum::response::Response {
    let write = |out: &mut dyn Write| -> io::Result<()> {
        loop {
            out.write_all(&[b'x'; 1000])?;
        }
    };
    Download::new(Content::from_writer(write))
        .respond(&DownloadRequest::default())
        .await
}
