//! `DownloadRequest`: the parts of a request that decide the answer.

use std::{convert::Infallible, time::Instant};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, HeaderValue, Method, Version, request::Parts},
};

use crate::defaults::Defaults;

/// The parts of a request that decide the answer: its method, and its conditional and range fields.
///
/// It is an extractor that never fails and does not read the body. The default is a plain `GET`, so that a view can be
/// called in a unit test.
///
/// ```
/// use axum::{Router, extract::Path, response::Response, routing::get};
/// use downloadview::{Download, DownloadRequest};
///
/// async fn report(request: DownloadRequest, Path(year): Path<u32>) -> Response {
///     Download::new(format!("The report of {year}\n"))
///         .basename(format!("report-{year}.txt"))
///         .respond(&request)
///         .await
/// }
///
/// let app: Router = Router::new().route("/reports/{year}", get(report));
/// ```
#[derive(Clone, Debug)]
pub struct DownloadRequest {
    pub(crate) method: Method,
    pub(crate) received: Instant,
    /// True for HTTP/1.0, where a body without a length ends with the connection, even after a failure.
    pub(crate) is_http10: bool,
    /// The fields, in a box because most requests have none and a request is moved several times.
    fields: Option<Box<Fields>>,
    /// The defaults of the layers that the request has passed.
    defaults: Option<Defaults>,
}

/// The fields of conditions and ranges.
#[derive(Clone, Debug)]
pub(crate) struct Fields {
    pub(crate) if_match: FieldLines,
    pub(crate) if_none_match: FieldLines,
    pub(crate) if_modified_since: FieldLines,
    pub(crate) if_unmodified_since: FieldLines,
    pub(crate) if_range: FieldLines,
    pub(crate) range: FieldLines,
}

impl DownloadRequest {
    /// Reads the fields of a request's head, and the [`Defaults`] of its extensions.
    ///
    /// ```
    /// use axum::http::Request;
    /// use downloadview::DownloadRequest;
    ///
    /// let (parts, ()) = Request::get("/report.csv")
    ///     .header("Range", "bytes=100-")
    ///     .header("If-Range", "\"v1\"")
    ///     .body(())?
    ///     .into_parts();
    /// let request = DownloadRequest::from_parts(&parts);
    /// # Ok::<(), axum::http::Error>(())
    /// ```
    pub fn from_parts(parts: &Parts) -> Self {
        Self {
            is_http10: parts.version <= Version::HTTP_10,
            defaults: parts.extensions.get().cloned(),
            ..Self::new(parts.method.clone(), &parts.headers)
        }
    }

    /// Reads the relevant fields from `headers`, for tests and for handlers that have no `Parts`.
    ///
    /// ```
    /// use axum::http::{HeaderMap, Method};
    /// use downloadview::{Download, DownloadRequest};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let mut headers = HeaderMap::new();
    /// headers.insert("Range", "bytes=0-4".parse().unwrap());
    /// let request = DownloadRequest::new(Method::GET, &headers);
    /// let response = Download::new("Hello world!\n").etag("v1").respond(&request).await;
    /// assert_eq!(response.headers()["content-range"], "bytes 0-4/13");
    /// # }
    /// ```
    pub fn new(method: Method, headers: &HeaderMap) -> Self {
        let mut fields = None;
        for (name, value) in headers {
            Fields::keep(&mut fields, name, value);
        }
        Self {
            method,
            received: Instant::now(),
            is_http10: false,
            fields,
            defaults: None,
        }
    }

    /// Returns the method.
    ///
    /// ```
    /// assert_eq!(downloadview::DownloadRequest::default().method(), "GET");
    /// ```
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// Returns the time when the request was received. [`Outcome::elapsed`](crate::Outcome::elapsed) starts there.
    ///
    /// ```
    /// let request = downloadview::DownloadRequest::default();
    /// assert!(request.received().elapsed().as_secs() < 60);
    /// ```
    pub fn received(&self) -> Instant {
        self.received
    }

    /// Returns the value of `Range`. A request with several such fields has no valid one.
    ///
    /// ```
    /// use axum::http::{HeaderMap, Method};
    /// use downloadview::DownloadRequest;
    ///
    /// let headers = HeaderMap::from_iter([("range".parse().unwrap(), "bytes=100-".parse().unwrap())]);
    /// assert_eq!(DownloadRequest::new(Method::GET, &headers).range().unwrap(), "bytes=100-");
    /// ```
    pub fn range(&self) -> Option<&HeaderValue> {
        match &self.fields().range {
            FieldLines::One(value) => Some(value),
            FieldLines::Absent | FieldLines::Several(_) => None,
        }
    }

    /// Returns true if the request has a condition: `If-Match`, `If-None-Match`, `If-Modified-Since`,
    /// `If-Unmodified-Since` or `If-Range`.
    ///
    /// ```
    /// use axum::http::{HeaderMap, Method};
    /// use downloadview::DownloadRequest;
    ///
    /// let headers = HeaderMap::from_iter([("if-none-match".parse().unwrap(), "\"v1\"".parse().unwrap())]);
    /// assert!(DownloadRequest::new(Method::GET, &headers).is_conditional());
    /// ```
    pub fn is_conditional(&self) -> bool {
        let fields = self.fields();
        [
            &fields.if_match,
            &fields.if_none_match,
            &fields.if_modified_since,
            &fields.if_unmodified_since,
            &fields.if_range,
        ]
        .into_iter()
        .any(|lines| !lines.is_absent())
    }

    /// Returns the defaults of the layers that the request has passed.
    pub(crate) fn defaults(&self) -> Option<&Defaults> {
        self.defaults.as_ref()
    }

    /// Returns true if there is nothing to decide: a GET for the whole file, without conditions.
    pub(crate) fn is_plain_get(&self) -> bool {
        self.fields.is_none() && self.method == Method::GET
    }

    pub(crate) fn fields(&self) -> &Fields {
        self.fields.as_deref().unwrap_or(&Fields::NONE)
    }
}

impl Default for DownloadRequest {
    fn default() -> Self {
        Self {
            method: Method::GET,
            received: Instant::now(),
            is_http10: false,
            fields: None,
            defaults: None,
        }
    }
}

impl Fields {
    const NONE: Self = Self {
        if_match: FieldLines::Absent,
        if_none_match: FieldLines::Absent,
        if_modified_since: FieldLines::Absent,
        if_unmodified_since: FieldLines::Absent,
        if_range: FieldLines::Absent,
        range: FieldLines::Absent,
    };

    fn keep(fields: &mut Option<Box<Self>>, name: &HeaderName, value: &HeaderValue) {
        let field: fn(&mut Self) -> &mut FieldLines = match name.as_str() {
            "if-match" => |fields| &mut fields.if_match,
            "if-none-match" => |fields| &mut fields.if_none_match,
            "if-modified-since" => |fields| &mut fields.if_modified_since,
            "if-unmodified-since" => |fields| &mut fields.if_unmodified_since,
            "if-range" => |fields| &mut fields.if_range,
            "range" => |fields| &mut fields.range,
            _ => return,
        };
        field(fields.get_or_insert_with(|| Box::new(Self::NONE))).push(value);
    }
}

#[diagnostic::do_not_recommend]
impl<S: Send + Sync> FromRequestParts<S> for DownloadRequest {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::from_parts(parts))
    }
}

/// The lines of one field. A value shares the memory of the request head, and only a second line allocates.
#[derive(Clone, Debug, Default)]
pub(crate) enum FieldLines {
    #[default]
    Absent,
    One(HeaderValue),
    Several(Vec<HeaderValue>),
}

impl FieldLines {
    pub(crate) fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// Returns all lines, which together are one list (RFC 9110 §5.3).
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let values = match self {
            Self::Absent => &[],
            Self::One(value) => std::slice::from_ref(value),
            Self::Several(values) => values,
        };
        values.iter().map(|value| value.as_bytes().trim_ascii())
    }

    /// Returns the value of a field that is not a list. Several lines are malformed, so they have none (RFC 9110 §5.3).
    pub(crate) fn single(&self) -> Option<&[u8]> {
        match self {
            Self::One(value) => Some(value.as_bytes().trim_ascii()),
            Self::Absent | Self::Several(_) => None,
        }
    }

    fn push(&mut self, value: &HeaderValue) {
        match self {
            Self::Absent => *self = Self::One(value.clone()),
            Self::One(first) => *self = Self::Several(vec![first.clone(), value.clone()]),
            Self::Several(values) => values.push(value.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn request(fields: &[(&str, &str)]) -> DownloadRequest {
        let builder = Request::get("/");
        let builder = fields.iter().fold(builder, |builder, (name, value)| {
            builder.header(*name, *value)
        });
        DownloadRequest::from_parts(&builder.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn default_is_a_plain_get() {
        let request = DownloadRequest::default();
        assert_eq!(request.method, Method::GET);
        assert!(request.fields().range.is_absent() && request.fields().if_none_match.is_absent());
    }

    #[test]
    fn each_field_goes_to_its_place() {
        let request = request(&[
            ("Host", "example.com"),
            ("If-Match", "a"),
            ("If-None-Match", "b"),
            ("If-Modified-Since", "c"),
            ("If-Unmodified-Since", "d"),
            ("If-Range", "e"),
            ("RANGE", " f\t"),
        ]);
        assert_eq!(request.fields().if_match.single(), Some(&b"a"[..]));
        assert_eq!(request.fields().if_none_match.single(), Some(&b"b"[..]));
        assert_eq!(request.fields().if_modified_since.single(), Some(&b"c"[..]));
        assert_eq!(
            request.fields().if_unmodified_since.single(),
            Some(&b"d"[..])
        );
        assert_eq!(request.fields().if_range.single(), Some(&b"e"[..]));
        assert_eq!(request.fields().range.single(), Some(&b"f"[..]));
    }

    #[test]
    fn range_and_conditions_can_be_looked_at() {
        let plain = request(&[("Host", "x")]);
        assert!(plain.range().is_none() && !plain.is_conditional());
        let range = request(&[("Range", "bytes=0-1")]);
        assert!(range.range().unwrap() == "bytes=0-1" && !range.is_conditional());
        let several = request(&[("Range", "bytes=0-1"), ("Range", "bytes=0-1")]);
        assert!(several.range().is_none());
        for name in [
            "If-Match",
            "If-None-Match",
            "If-Modified-Since",
            "If-Unmodified-Since",
            "If-Range",
        ] {
            assert!(request(&[(name, "x")]).is_conditional(), "{name}");
        }
    }

    #[test]
    fn all_lines_are_kept_in_order() {
        let request = request(&[
            ("If-Match", "a"),
            ("Host", "x"),
            ("If-Match", "b"),
            ("If-Match", "c"),
        ]);
        assert_eq!(
            request.fields().if_match.iter().collect::<Vec<_>>(),
            [b"a", b"b", b"c"]
        );
    }

    #[test]
    fn several_lines_are_not_a_single_value() {
        let request = request(&[("Range", "bytes=0-1"), ("Range", "bytes=0-1")]);
        assert_eq!(request.fields().range.single(), None);
        assert!(!request.fields().range.is_absent());
    }
}
