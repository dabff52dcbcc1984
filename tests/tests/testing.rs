//! `downloadview::testing`: its assertions and their failure messages.

use std::{io, panic::AssertUnwindSafe};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use downloadview::{
    Download, DownloadRequest, download_view,
    testing::{Downloaded, assert_download},
};
use futures::{FutureExt, stream};
use tower::ServiceExt;

#[download_view(
    basename = "résumé.txt",
    attachment,
    etag = "v1",
    size = 13,
    header("X-Part", "a"),
    header("X-Part", "b")
)]
async fn text() -> &'static str {
    "Hello world!\n"
}

async fn answer(method: &str) -> Downloaded {
    let router = Router::new().route("/", get(text));
    let request = Request::builder()
        .method(method)
        .uri("/")
        .body(Body::empty())
        .unwrap();
    assert_download(router.oneshot(request).await.unwrap()).await
}

#[tokio::test]
async fn assertions_can_be_chained() {
    answer("GET")
        .await
        .status(200)
        .status(StatusCode::OK)
        .attachment()
        .basename("résumé.txt")
        .content_type("text/plain")
        .content_type("Text/Plain; charset=UTF-8")
        .size(13)
        .etag("v1")
        .etag("\"v1\"")
        .header("x-part", "a")
        .header("X-Part", "b")
        .no_header("Last-Modified")
        .body("Hello world!\n")
        .body(b"Hello world!\n");
}

#[tokio::test]
async fn the_size_after_head_is_the_content_length() {
    answer("HEAD").await.status(200).size(13).body("");
}

#[tokio::test]
async fn any_type_of_response_can_be_asserted() {
    assert_download("text")
        .await
        .status(200)
        .inline()
        .size(4)
        .body("text");
    assert_download(
        Download::new("text")
            .inline()
            .respond(&DownloadRequest::default())
            .await,
    )
    .await
    .inline();
}

#[tokio::test]
async fn bytes_and_headers_are_accessible() {
    let answer = answer("GET").await;
    assert!(answer.bytes().is_ascii());
    assert_eq!(answer.headers().get_all("x-part").iter().count(), 2);
}

/// Returns the message of an assertion that fails.
fn failure(answer: &Downloaded, assertion: impl FnOnce(&Downloaded) -> &Downloaded) -> String {
    let assertion = AssertUnwindSafe(|| assertion(answer).bytes().len());
    let panic = std::panic::catch_unwind(assertion).unwrap_err();
    *panic.downcast::<String>().unwrap()
}

#[tokio::test]
async fn a_failure_shows_the_expected_and_the_actual_value() {
    let answer = answer("GET").await;
    for (message, expected) in [
        (
            failure(&answer, |answer| answer.status(404)),
            "status\n  expected: 404\n       got: 200",
        ),
        (
            failure(&answer, |answer| answer.inline()),
            "disposition\n  expected: \"inline\"\n       got: \"attachment\"",
        ),
        (
            failure(&answer, |answer| answer.basename("a.txt")),
            "basename\n  expected: \"a.txt\"\n       got: \"résumé.txt\"",
        ),
        (
            failure(&answer, |answer| answer.content_type("text/csv")),
            "content type\n  expected: \"text/csv\"\n       got: \"text/plain; charset=utf-8\"",
        ),
        (
            failure(&answer, |answer| answer.size(12)),
            "size\n  expected: 12\n       got: 13",
        ),
        (
            failure(&answer, |answer| answer.etag("v2")),
            "entity tag\n  expected: \"\\\"v2\\\"\"\n       got: \"\\\"v1\\\"\"",
        ),
        (
            failure(&answer, |answer| answer.body("Hello wOrld!\n")),
            "body\n  expected: \"Hello wOrld!\\n\" (13 bytes)\n       got: \"Hello world!\\n\" (13 bytes)",
        ),
    ] {
        assert_eq!(message, expected);
    }
}

#[tokio::test]
async fn a_failure_about_a_field_shows_all_of_its_lines() {
    let answer = answer("GET").await;
    for (message, expected) in [
        (
            failure(&answer, |answer| answer.header("etag", "v1")),
            "etag\n  expected: \"v1\"\n       got: \"\\\"v1\\\"\"",
        ),
        (
            failure(&answer, |answer| answer.header("x-part", "c")),
            "x-part\n  expected: [\"c\"]\n       got: [\"a\", \"b\"]",
        ),
        (
            failure(&answer, |answer| answer.header("x-none", "c")),
            "x-none\n  expected: [\"c\"]\n       got: []",
        ),
        (
            failure(&answer, |answer| answer.no_header("etag")),
            "etag\n  expected: []\n       got: [\"\\\"v1\\\"\"]",
        ),
    ] {
        assert_eq!(message, expected);
    }
}

#[tokio::test]
async fn a_failure_about_an_error_response_shows_its_status() {
    let answer = assert_download(StatusCode::NOT_FOUND).await;
    assert_eq!(
        failure(&answer, |answer| answer.basename("a.txt")),
        "basename\n  expected: \"a.txt\"\n       got: nothing\n    status: 404 Not Found"
    );
}

#[tokio::test]
async fn a_wrong_length_is_detected() {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_LENGTH, 5.into());
    let answer = assert_download((headers, "four")).await;
    assert_eq!(
        failure(&answer, |answer| answer.size(5)),
        "bytes received\n  expected: 5\n       got: 4"
    );
}

#[tokio::test]
async fn an_aborted_body_is_a_failure() {
    let line = line!() + 1;
    let reading = assert_download(broken());
    let panic = AssertUnwindSafe(reading).catch_unwind().await.unwrap_err();
    let message = panic.downcast::<String>().unwrap();
    assert!(
        message.starts_with("the download was aborted after 5 bytes: the disk is gone\n"),
        "{message}"
    );
    assert!(
        message.contains(&format!("testing.rs:{line}:")),
        "{message}"
    );
}

#[tokio::test]
async fn an_aborted_download_can_be_asserted() {
    let answer = assert_download(broken()).broken().await;
    answer.status(200).body("Hello");
    assert_eq!(answer.text(), "Hello");
}

#[tokio::test]
async fn asserting_that_a_complete_download_is_broken_fails() {
    let line = line!() + 1;
    let reading = assert_download("Hello").broken();
    let panic = AssertUnwindSafe(reading).catch_unwind().await.unwrap_err();
    let message = panic.downcast::<String>().unwrap();
    let expected =
        "download\n  expected: aborted\n       got: complete, 5 bytes\n    status: 200 OK\n";
    assert!(message.starts_with(expected), "{message}");
    assert!(
        message.contains(&format!("testing.rs:{line}:")),
        "{message}"
    );
}

#[tokio::test]
async fn the_status_is_accessible() {
    let answer = assert_download(StatusCode::NOT_FOUND).await;
    assert!(answer.status_code().is_client_error());
}

#[tokio::test]
async fn text_that_is_not_utf8_is_a_failure() {
    let answer = assert_download(vec![b'a', 0xff]).await;
    let panic = std::panic::catch_unwind(AssertUnwindSafe(|| answer.text().len())).unwrap_err();
    let message = panic.downcast::<String>().unwrap();
    assert!(message.starts_with("text\n  expected: UTF-8\n       got: invalid utf-8"));
}

#[test]
fn a_failure_has_the_location_of_the_assertion() {
    use std::sync::{Arc, Mutex};

    let answer = assert_download("text").now_or_never().unwrap();
    let location_of_panic = Arc::new(Mutex::new(String::new()));
    let (hook, location_file) = (std::panic::take_hook(), Arc::clone(&location_of_panic));
    let here = std::thread::current().id();
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().id() == here {
            panic
                .location()
                .unwrap()
                .file()
                .clone_into(&mut location_file.lock().unwrap());
        }
    }));
    failure(&answer, |answer| answer.status(404));
    std::panic::set_hook(hook);
    assert!(
        location_of_panic
            .lock()
            .unwrap()
            .ends_with("tests/testing.rs"),
        "{location_of_panic:?}"
    );
}

fn broken() -> Response {
    Body::from_stream(stream::iter([
        Ok("Hello"),
        Err(io::Error::other("the disk is gone")),
    ]))
    .into_response()
}
