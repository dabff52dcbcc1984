//! How many writer closures run at once. The limit belongs to the process, so the tests run one after the other.

use std::{
    io::{self, Write},
    time::Duration,
};

use axum::response::Response;
use downloadview::{Content, Download, DownloadRequest, limit_writers};
use futures::StreamExt;
use tests::within;
use tokio::{sync::Mutex, time::timeout};

static LIMIT: Mutex<()> = Mutex::const_new(());

#[tokio::test(flavor = "multi_thread")]
async fn writers_beyond_the_limit_wait_for_their_turn() {
    let _alone = LIMIT.lock().await;
    limit_writers(2);
    let first = begin().await;
    let _second = begin().await;
    let mut third = Box::pin(begin());
    assert!(waits(&mut third).await, "a third writer runs beside two");
    drop(first);
    assert_eq!(within(third).await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_higher_limit_lets_waiting_writers_start() {
    let _alone = LIMIT.lock().await;
    limit_writers(0);
    let _first = within(begin()).await;
    let mut second = Box::pin(begin());
    let mut third = Box::pin(begin());
    assert!(waits(&mut second).await, "0 is more than 1");
    assert!(waits(&mut third).await);
    limit_writers(3);
    let _second = within(second).await;
    let _third = within(third).await;
    assert!(waits(&mut Box::pin(begin())).await, "a fourth runs");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lower_limit_lets_running_writers_finish() {
    let _alone = LIMIT.lock().await;
    limit_writers(3);
    let running = [begin().await, begin().await, begin().await]
        .map(|running| running.into_body().into_data_stream());
    limit_writers(1);
    let mut next = Box::pin(begin());
    for mut body in running {
        assert!(waits(&mut next).await, "it runs above the lower limit");
        for _ in 0..100 {
            let frame = within(body.next()).await;
            assert!(frame.unwrap().is_ok(), "a running writer is stopped");
        }
        drop(body);
    }
    let next = within(next).await;
    assert!(waits(&mut Box::pin(begin())).await, "two run");
    limit_writers(2);
    let _second = within(begin()).await;
    assert!(waits(&mut Box::pin(begin())).await, "three run");
    limit_writers(1);
    limit_writers(usize::MAX);
    within(begin()).await;
    drop(next);
}

async fn waits(writer: impl Future<Output = Response>) -> bool {
    timeout(Duration::from_millis(100), writer).await.is_err()
}

/// A download without end, of which nobody takes more than the first bytes.
async fn begin() -> Response {
    let write = |out: &mut dyn Write| -> io::Result<()> {
        loop {
            out.write_all(&[b'x'; 1000])?;
        }
    };
    Download::new(Content::from_writer(write))
        .respond(&DownloadRequest::default())
        .await
}
