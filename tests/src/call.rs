//! Calls a view with no server between, and keeps all that it answered.

use axum::{
    Router,
    body::{Body, to_bytes},
    handler::Handler,
    http::{HeaderMap, Request},
    response::Response,
    routing::any,
};
use bytes::Bytes;
use downloadview::testing::{Downloaded, assert_download};
use tower::ServiceExt;

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The fields.
    pub headers: HeaderMap,
    /// The content.
    pub body: Bytes,
}

impl Answer {
    /// The body as text.
    ///
    /// # Panics
    /// When it is none.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("text")
    }

    /// A field, empty when it is not there.
    ///
    /// # Panics
    /// When it is not ASCII.
    pub fn field(&self, name: &str) -> &str {
        let value = self.headers.get(name).map(|value| value.to_str());
        value.transpose().expect("ASCII").unwrap_or_default()
    }
}

/// A plain `GET /` to a handler without state.
pub async fn get<T: 'static>(handler: impl Handler<T, ()>) -> Answer {
    send(Router::new().route("/", any(handler)), "GET", "/", &[]).await
}

/// A GET, to be asserted.
///
/// # Panics
/// When the answer is cut.
pub async fn download(router: &Router, uri: &str) -> Downloaded {
    let request = Request::get(uri).body(Body::empty()).expect("a request");
    let response = router.clone().oneshot(request).await.expect("infallible");
    assert_download(response).await
}

/// A request without a body.
///
/// # Panics
/// When it is no request.
pub async fn send(router: Router, method: &str, uri: &str, fields: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    send_request(router, request.body(Body::empty()).expect("a request")).await
}

/// Any request.
///
/// # Panics
/// When the answer is cut.
pub async fn send_request(router: Router, request: Request<Body>) -> Answer {
    let response: Response = router.oneshot(request).await.expect("infallible");
    let (parts, body) = response.into_parts();
    Answer {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body: to_bytes(body, usize::MAX).await.expect("a whole body"),
    }
}
