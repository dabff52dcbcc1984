//! The limit on concurrent writer closures. It applies to the process, so the tests run one after the other.

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
async fn writers_beyond_the_limit_wait() {
    let _alone = LIMIT.lock().await;
    limit_writers(2);
    let first = start_writer().await;
    let _second = start_writer().await;
    let mut third = Box::pin(start_writer());
    assert!(
        is_waiting(&mut third).await,
        "a third writer runs despite the limit of 2"
    );
    drop(first);
    assert_eq!(within(third).await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_higher_limit_lets_waiting_writers_start() {
    let _alone = LIMIT.lock().await;
    limit_writers(0);
    let _first = within(start_writer()).await;
    let mut second = Box::pin(start_writer());
    let mut third = Box::pin(start_writer());
    assert!(
        is_waiting(&mut second).await,
        "a second writer runs despite a limit of 0, which means 1"
    );
    assert!(is_waiting(&mut third).await);
    limit_writers(3);
    let _second = within(second).await;
    let _third = within(third).await;
    assert!(
        is_waiting(&mut Box::pin(start_writer())).await,
        "a fourth writer runs"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lower_limit_lets_running_writers_finish() {
    let _alone = LIMIT.lock().await;
    limit_writers(3);
    let running = [
        start_writer().await,
        start_writer().await,
        start_writer().await,
    ]
    .map(|running| running.into_body().into_data_stream());
    limit_writers(1);
    let mut next = Box::pin(start_writer());
    for mut body in running {
        assert!(
            is_waiting(&mut next).await,
            "a writer runs above the lower limit"
        );
        for _ in 0..100 {
            let frame = within(body.next()).await;
            assert!(frame.unwrap().is_ok(), "a running writer was stopped");
        }
        drop(body);
    }
    let next = within(next).await;
    assert!(
        is_waiting(&mut Box::pin(start_writer())).await,
        "a second writer runs"
    );
    limit_writers(2);
    let _second = within(start_writer()).await;
    assert!(
        is_waiting(&mut Box::pin(start_writer())).await,
        "a third writer runs"
    );
    limit_writers(1);
    limit_writers(usize::MAX);
    within(start_writer()).await;
    drop(next);
}

async fn is_waiting(writer: impl Future<Output = Response>) -> bool {
    timeout(Duration::from_millis(100), writer).await.is_err()
}

/// Starts an endless download and reads none of its body.
async fn start_writer() -> Response {
    let write = |out: &mut dyn Write| -> io::Result<()> {
        loop {
            out.write_all(&[b'x'; 1000])?;
        }
    };
    Download::new(Content::from_writer(write))
        .respond(&DownloadRequest::default())
        .await
}
