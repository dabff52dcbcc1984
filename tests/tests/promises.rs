//! Promises of options about generated content: its size, and the versions of its bytes.

use std::time::{Duration, SystemTime};

use axum::{Router, extract::State, http::StatusCode, routing::get};
use downloadview::{Download, DownloadRequest, Outcome, download_view};
use tests::call::{self, Answer};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

const SIZE: usize = 200_000;

/// Returns midnight, this number of days after 1 January 1970.
fn day(number: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(number * 86_400)
}

/// Asks for two bytes of generated content that is too large to be in memory after all.
async fn part_of(set: fn(Download) -> Download) -> Answer {
    let handler = move |request: DownloadRequest| async move {
        let download = Download::from_chunks((0..SIZE / 10).map(|_| "0123456789"));
        set(download.size(SIZE as u64)).respond(&request).await
    };
    let router = Router::new().route("/", get(handler));
    call::send(router, "GET", "/", &[("Range", "bytes=2-3")]).await
}

#[tokio::test]
async fn generated_content_needs_a_tag_to_have_ranges() {
    let dated = part_of(|download| {
        download.last_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777))
    });
    let dated = dated.await;
    assert_eq!((dated.status, dated.body.len()), (200, SIZE));
    assert_eq!(dated.field("accept-ranges"), "none");
    let tagged = part_of(|download| download.etag("v1")).await;
    assert_eq!((tagged.status, tagged.text()), (206, "23"));
    let weak = part_of(|download| download.etag("W/\"v1\"")).await;
    assert_eq!((weak.status, weak.body.len()), (200, SIZE));
}

#[tokio::test]
async fn the_size_and_the_validators_of_the_attribute_win() {
    #[download_view(size = 5, etag = "attribute", last_modified = day(1))]
    async fn right() -> Download {
        let download = Download::new("Hello").size(6).etag("download");
        download.last_modified(day(2))
    }
    #[download_view(size = 6)]
    async fn wrong() -> Download {
        Download::new("Hello").size(5)
    }
    let answer = call::get(right).await;
    assert_eq!((answer.status, answer.text()), (200, "Hello"));
    assert_eq!(answer.field("etag"), "\"attribute\"");
    assert_eq!(
        answer.field("last-modified"),
        "Fri, 02 Jan 1970 00:00:00 GMT"
    );
    assert_eq!(call::get(wrong).await.status, 500);
}

#[tokio::test]
async fn a_condition_that_fails_at_an_upstream_is_not_a_refusal() {
    for (status, expected) in [(304, "NotSent"), (412, "NotSent"), (416, "NotSent")] {
        let (sender, mut receiver) = unbounded_channel();
        let upstream = StatusCode::from_u16(status).unwrap();
        let download = Download::from_response(upstream)
            .on_finish(move |outcome| sender.send(outcome).unwrap());
        let response = download.respond(&DownloadRequest::default()).await;
        assert_eq!(response.status(), upstream);
        let outcome = receiver.recv().await.unwrap();
        assert_eq!(format!("{:?}", outcome.end), expected, "{status}");
        assert_eq!(outcome.status, Some(upstream));
    }
}

#[tokio::test]
async fn an_outcome_has_the_size_that_an_option_promises() {
    #[download_view(size = 10, etag = "v1", on_finish = |outcome| sender.send(outcome).unwrap())]
    async fn never(State(sender): State<UnboundedSender<Outcome>>) -> String {
        drop(sender);
        unreachable!("the options answer")
    }
    let (sender, mut receiver) = unbounded_channel();
    let router = Router::new().route("/", get(never)).with_state(sender);
    for (method, field, status) in [
        ("GET", ("Range", "bytes=10-"), 416),
        ("HEAD", ("X-None", ""), 200),
    ] {
        let answer = call::send(router.clone(), method, "/", &[field]).await;
        assert_eq!(answer.status, status);
        let outcome = receiver.recv().await.unwrap();
        assert_eq!(outcome.size, Some(10), "{method} {status}");
    }
}
