//! Assertions for tests of views. They read a response as a client does.
//!
//! No server is needed. `tower::ServiceExt::oneshot` calls a router, and a view can be called directly:
//!
//! ```
//! use axum::extract::Path;
//! use downloadview::{DownloadRequest, download_view, testing::assert_download};
//!
//! #[download_view(basename = "hello-{name}.txt", attachment)]
//! async fn hello(Path(name): Path<String>) -> String {
//!     format!("Hello {name}!\n")
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let response = hello(DownloadRequest::default(), Path("Zoë".to_owned())).await;
//! assert_download(response)
//!     .await
//!     .status(200)
//!     .attachment()
//!     .basename("hello-Zoë.txt")
//!     .content_type("text/plain")
//!     .body("Hello Zoë!\n");
//! # }
//! ```

mod excerpt;

use std::{
    error::Error,
    fmt::{self, Debug, Display},
    future::Future,
    iter,
    panic::Location,
    pin::Pin,
    task::{Context, Poll, ready},
};

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::IntoResponse,
};
use bytes::Bytes;
use futures::StreamExt;

use crate::{
    error::{Chain, Failure},
    http::entity_tag::EntityTag,
    http::parsed_disposition::Disposition,
};
use excerpt::{Excerpt, first_difference};

/// Reads a response to its end.
///
/// # Panics
///
/// Panics if the download is aborted. To assert that it is aborted, use [`broken`](Reading::broken).
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use downloadview::{Download, DownloadRequest, testing::assert_download};
///
/// let download = Download::new("id,name\n").basename("people.csv");
/// let response = download.respond(&DownloadRequest::default()).await;
/// assert_download(response).await.basename("people.csv").body("id,name\n");
/// # }
/// ```
#[track_caller]
pub fn assert_download(response: impl IntoResponse) -> Reading {
    let (parts, body) = response.into_response().into_parts();
    Reading {
        caller: Location::caller(),
        read: Box::pin(async move {
            let (body, aborted) = read(body).await;
            let downloaded = Downloaded {
                status: parts.status,
                failure: parts.extensions.get().cloned(),
                headers: parts.headers,
                body,
            };
            (downloaded, aborted)
        }),
    }
}

/// The future that [`assert_download`] returns. Its output is a [`Downloaded`].
#[must_use = "futures do nothing unless polled"]
pub struct Reading {
    caller: &'static Location<'static>,
    read: Pin<Box<dyn Future<Output = (Downloaded, Option<axum::Error>)> + Send>>,
}

impl Reading {
    /// Asserts that the download is aborted, so that the client sees a failure and not a short file. The body of the result
    /// is the bytes before the failure.
    ///
    /// # Panics
    ///
    /// Panics if the download is complete, or if the view failed before its first bytes (status 500).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// use downloadview::{Download, DownloadRequest, testing::assert_download};
    /// use futures::stream;
    ///
    /// let rows = stream::iter([Ok("id,name\n".repeat(10_000)), Err("no more rows")]);
    /// let response = Download::from_stream(rows).respond(&DownloadRequest::default()).await;
    /// let answer = assert_download(response).broken().await;
    /// answer.status(200);
    /// assert!(answer.text().starts_with("id,name\n"));
    /// # }
    /// ```
    pub async fn broken(self) -> Downloaded {
        match self.read.await {
            (downloaded, Some(_)) => downloaded,
            (Downloaded { status, body, .. }, None) => panic!(
                "download\n  expected: aborted\n       got: complete, {} bytes\n    status: {status}\n        at: {}",
                body.len(),
                self.caller
            ),
        }
    }
}

impl Future for Reading {
    type Output = Downloaded;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Downloaded> {
        match ready!(self.read.as_mut().poll(cx)) {
            (downloaded, None) => Poll::Ready(downloaded),
            (Downloaded { body, .. }, Some(error)) => panic!(
                "the download was aborted after {} bytes: {}\n        at: {}",
                body.len(),
                Chain(reason(&error)),
                self.caller
            ),
        }
    }
}

impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reading").finish_non_exhaustive()
    }
}

/// A response that was read to its end. Each method asserts one property, and the methods can be chained.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use axum::http::StatusCode;
/// use downloadview::testing::assert_download;
///
/// let answer = assert_download((StatusCode::NOT_FOUND, "no such report")).await;
/// answer.status(404).body("no such report");
/// assert_eq!(answer.bytes().len(), 14);
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is asserted yet"]
pub struct Downloaded {
    status: StatusCode,
    /// The reason for the failure of the download, which the client does not see.
    failure: Option<Failure>,
    headers: HeaderMap,
    body: Bytes,
}

/// Assertions, which panic if the response differs.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use downloadview::{Download, DownloadRequest, testing::assert_download};
///
/// let download = Download::new("%PDF-1.7")
///     .basename("Zürich.pdf")
///     .etag("v1")
///     .header("X-Pages", 3);
/// let response = download.respond(&DownloadRequest::default()).await;
/// assert_download(response)
///     .await
///     .status(200)
///     .inline()
///     .basename("Zürich.pdf")
///     .content_type("application/pdf")
///     .size(8)
///     .etag("v1")
///     .header("X-Pages", "3")
///     .no_header("Last-Modified")
///     .body("%PDF-1.7");
/// # }
/// ```
impl Downloaded {
    /// Asserts the status code, such as `200` or `StatusCode::OK`.
    ///
    /// # Panics
    /// Panics if the status differs.
    #[track_caller]
    pub fn status<S: TryInto<StatusCode, Error: Debug>>(&self, expected: S) -> &Self {
        let expected = expected.try_into().expect("a status code");
        self.compare("status", &expected, &self.status)
    }

    /// Asserts the name under which a browser saves the file: the decoded `filename*`, or else `filename`, of
    /// `Content-Disposition` (RFC 6266 §4.3).
    ///
    /// # Panics
    /// Panics if the name differs or is missing.
    #[track_caller]
    pub fn basename(&self, expected: &str) -> &Self {
        let got = self.disposition().and_then(|disposition| disposition.name);
        self.compare_text("basename", expected, got)
    }

    /// Asserts that the client saves the file.
    ///
    /// # Panics
    /// Panics if the client shows the file.
    #[track_caller]
    pub fn attachment(&self) -> &Self {
        self.compare("disposition", "attachment", self.disposition_kind())
    }

    /// Asserts that the client shows the file if it can. Clients do so without `Content-Disposition`, too.
    ///
    /// # Panics
    /// Panics if the client saves the file.
    #[track_caller]
    pub fn inline(&self) -> &Self {
        self.compare("disposition", "inline", self.disposition_kind())
    }

    /// Asserts the media type. Its parameters are compared only if `expected` has any.
    ///
    /// # Panics
    /// Panics if the media type differs or is missing.
    #[track_caller]
    pub fn content_type(&self, expected: &str) -> &Self {
        let got = self.line(header::CONTENT_TYPE.as_str());
        let compared = got.as_deref().map(|got| match got.split_once(';') {
            Some((essence, _)) if !expected.contains(';') => essence.trim_end(),
            _ => got,
        });
        if compared.is_some_and(|compared| compared.eq_ignore_ascii_case(expected)) {
            return self;
        }
        self.compare_text("content type", expected, got)
    }

    /// Asserts the number of bytes. It is the `Content-Length`, which must match the body, or the length of the body if there
    /// is no `Content-Length`.
    ///
    /// # Panics
    /// Panics if the number differs.
    #[track_caller]
    pub fn size(&self, expected: u64) -> &Self {
        let received = self.body.len() as u64;
        let length = self.line(header::CONTENT_LENGTH.as_str());
        let length = length.and_then(|length| length.parse().ok());
        self.compare("size", &expected, &length.unwrap_or(received));
        // A response to HEAD has only the promised length.
        let sent = if self.body.is_empty() {
            expected
        } else {
            received
        };
        self.compare("bytes received", &expected, &sent)
    }

    /// Asserts the entity tag, written `v1`, `"v1"` or `W/"v1"`.
    ///
    /// # Panics
    /// Panics if the tag differs or is missing.
    #[track_caller]
    pub fn etag(&self, expected: &str) -> &Self {
        let tag = EntityTag::parse(expected).expect("an entity tag");
        let tag = text(tag.as_header_value());
        self.compare_text("entity tag", &tag, self.line(header::ETAG.as_str()))
    }

    /// Asserts that a line of a header field has this value.
    ///
    /// # Panics
    /// Panics if no line of the field has this value.
    #[track_caller]
    pub fn header(&self, name: &str, expected: &str) -> &Self {
        let got = self.lines(name);
        if got.iter().any(|line| line == expected) {
            return self;
        }
        match &got[..] {
            [one] => self.fail(name, expected, one),
            several => self.fail(name, &[expected][..], several),
        }
    }

    /// Asserts that a header field is absent.
    ///
    /// # Panics
    /// Panics if the field is present.
    #[track_caller]
    pub fn no_header(&self, name: &str) -> &Self {
        self.compare(name, &Vec::new(), &self.lines(name))
    }

    /// Asserts the whole content, which is text or bytes.
    ///
    /// # Panics
    /// Panics if a byte differs.
    #[track_caller]
    pub fn body(&self, expected: impl AsRef<[u8]>) -> &Self {
        let expected = expected.as_ref();
        if let Some(at) = first_difference(expected, &self.body) {
            let (expected, got) = Excerpt::pair(expected, &self.body, at);
            self.panic("body", &expected, &got);
        }
        self
    }

    /// Returns the content, for other assertions.
    pub fn bytes(&self) -> &Bytes {
        &self.body
    }

    /// Returns the content as text, for other assertions.
    ///
    /// # Panics
    /// Panics if the content is not UTF-8.
    #[track_caller]
    pub fn text(&self) -> &str {
        match std::str::from_utf8(&self.body) {
            Ok(text) => text,
            Err(error) => self.panic("text", &"UTF-8", &error),
        }
    }

    /// Returns the status code, for other assertions than [`status`](Self::status).
    pub fn status_code(&self) -> StatusCode {
        self.status
    }

    /// Returns the header fields, for other assertions.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    fn disposition(&self) -> Option<Disposition> {
        let value = self.headers.get(header::CONTENT_DISPOSITION)?;
        Some(Disposition::parse(&text(value)))
    }

    fn disposition_kind(&self) -> &'static str {
        match self.disposition() {
            Some(disposition) if disposition.is_attachment => "attachment",
            _ => "inline",
        }
    }

    fn lines(&self, name: &str) -> Vec<String> {
        self.headers.get_all(name).iter().map(text).collect()
    }

    fn line(&self, name: &str) -> Option<String> {
        self.headers.get(name).map(text)
    }

    #[track_caller]
    fn compare<T: PartialEq + Debug + ?Sized>(&self, what: &str, expected: &T, got: &T) -> &Self {
        if expected == got {
            return self;
        }
        self.fail(what, expected, got)
    }

    #[track_caller]
    fn compare_text(&self, what: &str, expected: &str, got: Option<String>) -> &Self {
        match got {
            Some(got) => self.compare(what, expected, &got),
            None => self.panic(what, &format!("{expected:?}"), &"nothing"),
        }
    }

    #[track_caller]
    fn fail(&self, what: &str, expected: &(impl Debug + ?Sized), got: &(impl Debug + ?Sized)) -> ! {
        self.panic(what, &format!("{expected:?}"), &format!("{got:?}"))
    }

    /// Panics with the expected value above the one that was found.
    #[track_caller]
    fn panic(&self, what: &str, expected: &dyn Display, got: &dyn Display) -> ! {
        let status = match self.status {
            status if status.is_success() || what == "status" => String::new(),
            status => format!("\n    status: {status}"),
        };
        let failure = match &self.failure {
            Some(failure) => format!("\n   because: {}", Chain(failure)),
            None => String::new(),
        };
        panic!("{what}\n  expected: {expected}\n       got: {got}{status}{failure}");
    }
}

/// Returns a value as text. Bytes that are not UTF-8 are replaced.
fn text(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

/// Reads a body to its end, or to the error that aborts it.
async fn read(body: Body) -> (Bytes, Option<axum::Error>) {
    let mut bytes = Vec::new();
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        match chunk {
            Ok(chunk) => bytes.extend_from_slice(&chunk),
            Err(error) => return (bytes.into(), Some(error)),
        }
    }
    (bytes.into(), None)
}

/// Returns the failure of the download among the causes of an error, or else the error that axum has wrapped.
fn reason<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    let failure = causes(error).find(|cause| cause.is::<Failure>());
    let unwrapped = || causes(error).find(|cause| !cause.is::<axum::Error>());
    failure.or_else(unwrapped).unwrap_or(error)
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next = Some(error);
    iter::from_fn(move || {
        let error = next?;
        next = error.source();
        Some(error)
    })
}
