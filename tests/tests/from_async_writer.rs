//! Async writers: the content, backpressure, failures and cancellation.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{Router, body::Body, response::Response, routing::any};
use downloadview::{Content, ContentWriter, Download, DownloadRequest, End};
use futures::StreamExt;
use tests::{call::send, http1::Connection, message::Request, server::Server, within};
use tokio::{io::AsyncWriteExt, sync::oneshot};

const ROW: &[u8] = b"0123456789abcdef0123456789abcdef";

async fn respond(content: Content) -> (Response, oneshot::Receiver<End>) {
    let (sender, receiver) = oneshot::channel();
    let download = Download::new(content).on_finish(move |outcome| {
        // Sending fails if the test does not wait for the end.
        let _ = sender.send(outcome.end);
    });
    (
        download.respond(&DownloadRequest::default()).await,
        receiver,
    )
}

async fn read(body: Body) -> Result<Vec<u8>, axum::Error> {
    let body = axum::body::to_bytes(body, usize::MAX).await?;
    Ok(body.into())
}

#[tokio::test]
async fn the_length_of_short_content_is_known() {
    let content = Content::from_async_writer(|mut out| async move {
        out.write_all(b"id\n").await?;
        out.flush().await?;
        let id: u32 = "17".parse()?;
        out.write_all(format!("{id}\n").as_bytes()).await?;
        out.shutdown().await?;
        Ok(())
    });
    let (response, _) = respond(content).await;
    assert_eq!(response.headers()["content-length"], "6");
    assert!(response.headers().contains_key("etag"));
    assert_eq!(read(response.into_body()).await.unwrap(), b"id\n17\n");
}

#[tokio::test]
async fn everything_is_sent_in_order_regardless_of_the_sizes_of_writes() {
    for piece in [1, 32, 5_000, 300_000] {
        let expected: Vec<u8> = (0..300_000_u32).map(|at| (at % 251) as u8).collect();
        let bytes = expected.clone();
        let content = Content::from_async_writer(move |mut out| async move {
            for (number, bytes) in bytes.chunks(piece).enumerate() {
                out.write_all(bytes).await?;
                if number % 1_000 == 999 {
                    tokio::task::yield_now().await;
                }
            }
            Ok(())
        });
        let (response, receiver) = respond(content).await;
        assert!(
            read(response.into_body()).await.unwrap() == expected,
            "{piece}"
        );
        assert!(matches!(receiver.await, Ok(End::Completed)));
    }
}

#[tokio::test]
async fn first_bytes_are_sent_while_the_rest_is_pending() {
    let (go, wait) = oneshot::channel::<()>();
    let content = Content::from_async_writer(|mut out| async move {
        out.write_all(b"first").await?;
        wait.await?;
        out.write_all(b"second").await?;
        Ok(())
    });
    let (response, _) = within(respond(content)).await;
    let mut body = response.into_body().into_data_stream();
    assert_eq!(within(body.next()).await.unwrap().unwrap(), "first");
    go.send(()).unwrap();
    assert_eq!(within(body.next()).await.unwrap().unwrap(), "second");
    assert!(within(body.next()).await.is_none());
}

#[tokio::test]
async fn a_write_is_pending_while_the_client_is_behind() {
    let written = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&written);
    let content = Content::from_async_writer(|mut out| async move {
        loop {
            out.write_all(ROW).await?;
            count.fetch_add(ROW.len(), Ordering::SeqCst);
        }
    });
    let (response, _) = respond(content).await;
    assert!(written.load(Ordering::SeqCst) <= 128 << 10);
    let mut body = response.into_body().into_data_stream();
    let mut taken = 0;
    while taken < 1 << 20 {
        taken += body.next().await.unwrap().unwrap().len();
        let ahead = written.load(Ordering::SeqCst).saturating_sub(taken);
        assert!(ahead <= 128 << 10, "{ahead} bytes ahead");
    }
}

#[tokio::test]
async fn a_failure_is_visible() {
    for (rows, status) in [(0, 500), (10_000, 200)] {
        let content = Content::from_async_writer(move |mut out| async move {
            for _ in 0..rows {
                out.write_all(ROW).await?;
            }
            Err("the pipe burst".into())
        });
        let (response, receiver) = respond(content).await;
        assert_eq!(response.status(), status);
        assert!(status == 500 || read(response.into_body()).await.is_err());
        let end = within(receiver).await.unwrap();
        assert!(matches!(&end, End::Failed(error) if error.to_string() == "the pipe burst"));
    }
}

#[tokio::test]
async fn a_panic_is_visible() {
    let content = Content::from_async_writer(|_| async { panic!("the pipe burst") });
    let (response, receiver) = respond(content).await;
    assert_eq!(response.status(), 500);
    assert!(matches!(within(receiver).await.unwrap(), End::Failed(_)));
}

#[tokio::test]
async fn a_response_without_content_does_not_call_the_closure() {
    let view = |request: DownloadRequest| async move {
        let download = Download::from_async_writer(|_| async { panic!("called") });
        download.etag("v1").respond(&request).await
    };
    let router = Router::new().route("/", any(view));
    let answer = send(router.clone(), "HEAD", "/", &[]).await;
    assert_eq!(answer.status, 200);
    let answer = send(router, "GET", "/", &[("If-None-Match", "v1, \"v1\"")]).await;
    assert_eq!(answer.status, 304);
}

struct AliveGuard(Arc<AtomicUsize>);

impl Drop for AliveGuard {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[tokio::test]
async fn the_future_is_dropped_when_the_client_leaves() {
    let alive = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&alive);
    let view = move |request: DownloadRequest| {
        let counter = Arc::clone(&counter);
        let content = Content::from_async_writer(move |mut out| async move {
            counter.fetch_add(1, Ordering::SeqCst);
            let _alive = AliveGuard(counter);
            loop {
                out.write_all(ROW).await?;
            }
        });
        async move { Download::new(content).respond(&request).await }
    };
    let server = Server::start(Router::new().route("/", any(view))).await;
    let mut connection = Connection::open(&server).await;
    within(connection.begin(&Request::get("/"))).await;
    assert_eq!(alive.load(Ordering::SeqCst), 1);
    drop(connection);
    within(async {
        while alive.load(Ordering::SeqCst) > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
}

/// Writes this number of rows, or stops with an error once the download is over.
async fn write(mut out: ContentWriter, rows: usize) -> io::Result<()> {
    for _ in 0..rows {
        out.write_all(ROW).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn another_task_can_write() {
    let content = Content::from_async_writer(|out| async move {
        tokio::spawn(write(out, 100_000)).await??;
        Ok(())
    });
    let (response, _) = respond(content).await;
    let body = within(read(response.into_body())).await.unwrap();
    assert_eq!(body.len(), 100_000 * ROW.len());
}

#[tokio::test]
async fn several_futures_can_write_alternately() {
    let content = Content::from_async_writer(|out| async move {
        let out = &tokio::sync::Mutex::new(out);
        let writers = (0..10_u8).map(|number| async move {
            for _ in 0..100 {
                let mut out = out.lock().await;
                out.write_all(&[number; 1_000]).await?;
            }
            Ok::<_, io::Error>(())
        });
        futures::future::try_join_all(writers).await?;
        Ok(())
    });
    let (response, _) = respond(content).await;
    let body = within(read(response.into_body())).await.unwrap();
    assert_eq!(body.len(), 1_000_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_writes_after_the_client_left_gets_an_error() {
    let (sender, receiver) = oneshot::channel();
    let content = Content::from_async_writer(|out| async move {
        let task = async move { sender.send(write(out, usize::MAX).await) };
        let _ = tokio::spawn(task).await?;
        Ok(())
    });
    let (response, _) = respond(content).await;
    drop(response);
    let error = within(receiver).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
}
