//! The contract of a body.

use std::{io, pin::Pin};

use axum::body::HttpBody;
use downloadview::{Content, Download, DownloadRequest};
use futures::{StreamExt, future::poll_fn, stream};

#[tokio::test]
async fn a_body_that_has_failed_has_no_bytes_to_come() {
    let chunks = [Ok(vec![b'x'; 20_000]), Err(io::Error::other("no paper"))];
    let content = Content::from_stream(stream::iter(chunks).then(pause));
    let download = Download::new(content).size(50_000);
    let response = download.respond(&DownloadRequest::default()).await;
    let mut body = response.into_body();
    assert_eq!(body.size_hint().exact(), Some(50_000));
    poll_fn(|cx| Pin::new(&mut body).poll_frame(cx))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(body.size_hint().exact(), Some(30_000));
    poll_fn(|cx| Pin::new(&mut body).poll_frame(cx))
        .await
        .unwrap()
        .unwrap_err();
    assert_eq!(body.size_hint().exact(), Some(0));
}

async fn pause<T>(item: T) -> T {
    tokio::task::yield_now().await;
    item
}
