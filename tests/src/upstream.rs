//! Responses of an upstream, and downloads of them.

use axum::{Router, body::Body, response::Response, routing::get};
use downloadview::{Download, DownloadRequest};

use crate::call::{self, Answer};

/// Creates a response of an upstream with these fields.
///
/// # Panics
/// Panics if a field is malformed.
pub fn upstream(status: u16, fields: &[(&'static str, &'static str)]) -> Response {
    let mut response = Response::builder().status(status);
    for (name, value) in fields {
        response = response.header(*name, *value);
    }
    response.body(Body::from("0123456789")).expect("a response")
}

/// Sends a request to a handler that serves `download`.
pub async fn send(
    download: impl Fn() -> Download + Clone + Send + Sync + 'static,
    fields: &[(&str, &str)],
) -> Answer {
    let handler = move |request: DownloadRequest| {
        let download = download();
        async move { download.respond(&request).await }
    };
    call::send(Router::new().route("/", get(handler)), "GET", "/", fields).await
}
