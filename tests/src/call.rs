//! Calls a view without a server and collects the whole response.

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

/// A response whose body was read to its end.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The header fields.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// Returns the body as text.
    ///
    /// # Panics
    /// Panics if the body is not UTF-8.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("text")
    }

    /// Returns the value of a header field, or an empty string if the field is absent.
    ///
    /// # Panics
    /// Panics if the value is not ASCII.
    pub fn field(&self, name: &str) -> &str {
        let value = self.headers.get(name).map(|value| value.to_str());
        value.transpose().expect("ASCII").unwrap_or_default()
    }
}

/// Sends `GET /` to a handler without state.
pub async fn get<T: 'static>(handler: impl Handler<T, ()>) -> Answer {
    send(Router::new().route("/", any(handler)), "GET", "/", &[]).await
}

/// Sends a GET request and returns the response for assertions.
///
/// # Panics
/// Panics if the body fails.
pub async fn download(router: &Router, uri: &str) -> Downloaded {
    let request = Request::get(uri).body(Body::empty()).expect("a request");
    let response = router.clone().oneshot(request).await.expect("infallible");
    assert_download(response).await
}

/// Sends a request without a body.
///
/// # Panics
/// Panics if the arguments do not form a request.
pub async fn send(router: Router, method: &str, uri: &str, fields: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    send_request(router, request.body(Body::empty()).expect("a request")).await
}

/// Sends a request.
///
/// # Panics
/// Panics if the body fails.
pub async fn send_request(router: Router, request: Request<Body>) -> Answer {
    let response: Response = router.oneshot(request).await.expect("infallible");
    let (parts, body) = response.into_parts();
    Answer {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body: to_bytes(body, usize::MAX).await.expect("a complete body"),
    }
}
