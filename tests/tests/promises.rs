//! Promises of options about generated content: its size, and the versions of its bytes.

use std::time::{Duration, SystemTime};

use axum::{Router, routing::get};
use downloadview::{Download, DownloadRequest, download_view};
use tests::call::{self, Answer};

const SIZE: usize = 200_000;

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
async fn the_size_of_the_attribute_is_the_one_that_counts() {
    #[download_view(size = 5, etag = "attribute")]
    async fn right() -> Download {
        Download::new("Hello").size(6).etag("download")
    }
    #[download_view(size = 6)]
    async fn wrong() -> Download {
        Download::new("Hello").size(5)
    }
    let answer = call::get(right).await;
    assert_eq!((answer.status, answer.text()), (200, "Hello"));
    assert_eq!(answer.field("etag"), "\"attribute\"");
    assert_eq!(call::get(wrong).await.status, 500);
}
