//! The contract of a body (see [`tests::contract`]), checked for random sources on both kinds of runtime.
//!
//! The number of inputs is limited for CI. `FUZZ_INPUTS=1000000 cargo test -p tests --release --test contract` runs for
//! longer, and `fuzz/README.md` describes how to search for rare failures with a fuzzer.

use std::{
    io::{self, Cursor, SeekFrom},
    pin::Pin,
    task::{Context, Poll},
};

use axum::{
    body::{HttpBody, to_bytes},
    http::Request,
};
use downloadview::{Content, Download, DownloadRequest};
use futures::{StreamExt, future::poll_fn, stream};
use proptest::{
    collection::vec,
    num::u8::ANY,
    test_runner::{Config, TestError, TestRunner},
};
use tests::{contract, random::number};
use tokio::io::{AsyncRead, AsyncSeek, ReadBuf};

#[test]
fn a_body_keeps_its_contract_for_any_source() {
    let inputs = number("FUZZ_INPUTS", 2000);
    let config = Config {
        cases: inputs
            .try_into()
            .expect("a number of cases that fits in `u32`"),
        failure_persistence: None,
        max_shrink_time: 60_000,
        ..Config::default()
    };
    let result = TestRunner::new(config).run(&vec(ANY, 0..150), |input| {
        contract::holds_for(&input);
        Ok(())
    });
    match result {
        Ok(()) => {}
        Err(TestError::Fail(reason, input)) => {
            panic!("{reason}\n{input:?} encodes {}", contract::describe(&input))
        }
        Err(aborted) => panic!("{aborted}"),
    }
}

#[tokio::test]
async fn a_failed_body_expects_no_more_bytes() {
    let chunks = [Ok(vec![b'x'; 20_000]), Err(io::Error::other("no paper"))];
    let content = Content::from_stream(stream::iter(chunks).then(pause));
    let download = Download::new(content).size(50_000);
    let response = download.respond(&DownloadRequest::default()).await;
    let mut body = response.into_body();
    let mut left = 50_000;
    while left > 30_000 {
        assert_eq!(body.size_hint().exact(), Some(left));
        let frame = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await;
        left -= frame.unwrap().unwrap().into_data().unwrap().len() as u64;
    }
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

/// A file of which only the first [`READABLE`] bytes can be read.
struct Damaged(Cursor<Vec<u8>>);

const READABLE: u64 = 1000;

impl AsyncRead for Damaged {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.0.position() >= READABLE {
            return Poll::Ready(Err(io::Error::other("a bad sector")));
        }
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl AsyncSeek for Damaged {
    fn start_seek(mut self: Pin<&mut Self>, to: SeekFrom) -> io::Result<()> {
        Pin::new(&mut self.0).start_seek(to)
    }

    fn poll_complete(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        Pin::new(&mut self.0).poll_complete(cx)
    }
}

#[tokio::test]
async fn a_part_is_complete_if_its_source_fails_right_after_it() {
    let damaged = Damaged(Cursor::new(vec![b'x'; 5000]));
    let request = Request::get("/").header("Range", "bytes=900-999").body(());
    let request = DownloadRequest::from_parts(&request.unwrap().into_parts().0);
    let content = Content::from_seekable_async_reader(damaged);
    let response = Download::new(content).etag("v1").respond(&request).await;
    assert_eq!(response.status(), 206);
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    assert_eq!(body.len(), 100);
}
