//! Failures are visible to the client, in the log and to `on_finish`, and leave nothing behind.

use axum::{Router, response::Response, routing::get};
use bytes::Bytes;
use downloadview::{Content, Download, DownloadRequest, End};
use futures::stream;
use tests::{
    failing::{FailingServer, KINDS, ROW, ROWS},
    http1, http2,
    log::Log,
    message::Request,
    server::Server,
    within,
};

/// This uses a current-thread runtime, so that the log of the thread is the log of the test.
#[tokio::test]
async fn a_source_that_fails_before_its_first_byte_is_a_logged_500() {
    let log = Log::start();
    let mut server = FailingServer::open().await;
    for kind in KINDS {
        for fault in ["error", "panic"] {
            let path = format!("/{kind}/{ROWS}/0/{fault}/-");
            let mut connection = http1::Connection::open(&server.server).await;
            let answer = within(connection.exchange(&Request::get(&path))).await;
            assert_eq!((answer.status, answer.body.len()), (500, 0), "{path}");
            server.assert_failed(&path).await;
            let lines = log.take();
            assert_eq!(lines.len(), 1, "{lines:?}");
            for part in ["view=\"Download\"", "bytes=0", "the pipe burst"] {
                assert!(lines[0].contains(part), "{part} in {lines:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_source_that_fails_later_fails_visibly_and_is_logged_once() {
    let log = Log::start();
    let mut server = FailingServer::open().await;
    for kind in KINDS {
        for fault in ["error", "panic"] {
            for at in [ROWS / 2, ROWS - 1, ROWS] {
                server
                    .assert_fails(&format!("/{kind}/{ROWS}/{at}/{fault}/-"))
                    .await;
                let lines = log.take();
                assert_eq!(lines.len(), 2, "once for each protocol: {lines:?}");
                assert!(
                    lines.iter().all(|line| line.contains("the pipe burst")),
                    "{lines:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn content_of_the_wrong_length_fails_visibly() {
    let mut server = FailingServer::open().await;
    let size = ROWS * ROW.len();
    for kind in KINDS {
        for wrong in [
            size - 1,
            size + 1,
            size - ROW.len(),
            size + ROW.len(),
            2 * size,
        ] {
            server
                .assert_fails(&format!("/{kind}/{ROWS}/-/-/{wrong}"))
                .await;
        }
    }
}

/// The chunks are so large that each is a frame, so one frame ends exactly at the size.
#[tokio::test]
async fn content_that_continues_after_a_frame_that_completes_its_size_fails_visibly() {
    async fn long(request: DownloadRequest) -> Response {
        let chunks = vec![Bytes::from(vec![b'x'; 20_000]); 11];
        let content = Content::from_stream(stream::iter(chunks));
        Download::new(content).size(200_000).respond(&request).await
    }
    let server = Server::start(Router::new().route("/", get(long))).await;
    let request = Request::get("/");
    let mut connection = http1::Connection::open(&server).await;
    within(connection.try_exchange(&request))
        .await
        .expect_err("the content is too long");
    let mut connection = http2::Connection::open(&server).await;
    within(connection.try_exchange(&request))
        .await
        .expect_err("the content is too long");
}

#[tokio::test]
async fn content_of_the_right_length_is_complete() {
    let mut server = FailingServer::open().await;
    let size = ROWS * ROW.len();
    for kind in KINDS {
        let mut connection = http1::Connection::open(&server.server).await;
        let path = format!("/{kind}/{ROWS}/-/-/{size}");
        let answer = within(connection.exchange(&Request::get(&path))).await;
        assert!(answer.body == ROW.repeat(ROWS), "{path}");
        let outcome = server.outcome().await;
        assert!(matches!(outcome.end, End::Completed), "{outcome:?}");
        assert_eq!(outcome.bytes, size as u64);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_drops_the_source() {
    let mut server = FailingServer::open().await;
    for kind in KINDS {
        let mut connection = http1::Connection::open(&server.server).await;
        let endless = Request::get(format!("/{kind}/{}/-/-/-", usize::MAX));
        connection
            .write(&endless.to_http1())
            .await
            .expect("a server");
        within(connection.leave_after(1 << 20)).await;
        let outcome = server.outcome().await;
        assert!(
            matches!(outcome.end, End::ClientLeft),
            "{kind}: {outcome:?}"
        );
        // The received bytes include the head and the framing, so fewer bytes of content are reported.
        assert!(outcome.bytes >= 1_000_000, "{kind}: {outcome:?}");
    }
}
