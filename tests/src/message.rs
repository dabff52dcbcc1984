//! Requests and responses of any HTTP version.

use std::fmt::Write;

use axum::http::Method;

/// A request: its method, its path, and its header fields except those of the connection.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path.
    pub path: String,
    /// The names and values of the header fields, as they are sent.
    pub fields: Vec<(String, String)>,
}

impl Request {
    /// Creates a request.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            fields: Vec::new(),
        }
    }

    /// Creates a GET request.
    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    /// Creates a HEAD request.
    pub fn head(path: impl Into<String>) -> Self {
        Self::new(Method::HEAD, path)
    }

    /// Creates a POST request without a body.
    pub fn post(path: impl Into<String>) -> Self {
        Self::new(Method::POST, path).field("Content-Length", "0")
    }

    /// Adds a header field.
    pub fn field(mut self, name: &str, value: impl Into<String>) -> Self {
        self.fields.push((name.to_owned(), value.into()));
        self
    }

    /// Adds the field `Range`.
    pub fn range(self, value: &str) -> Self {
        self.field("Range", value)
    }

    /// Returns the bytes of the request in HTTP/1.1.
    pub fn to_http1(&self) -> Vec<u8> {
        let mut head = format!(
            "{} {} HTTP/1.1\r\nHost: loopback\r\n",
            self.method, self.path
        );
        for (name, value) in &self.fields {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        head.push_str("\r\n");
        head.into_bytes()
    }
}

/// A way to mark the end of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// The response has no body.
    Absent,
    /// `Content-Length` gives the length.
    Length(u64),
    /// The body is sent in chunks, with an empty one at the end.
    Chunked,
    /// The connection or the HTTP/2 stream ends.
    Close,
}

/// A complete response.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The header fields in the order in which they were received, with lower-case names.
    pub fields: Vec<(String, String)>,
    /// The way in which the end of the body was marked.
    pub framing: Framing,
    /// The body, without its framing.
    pub body: Vec<u8>,
}

impl Answer {
    /// Returns the value of a field that may occur at most once.
    ///
    /// # Panics
    /// Panics if the field occurs more than once.
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut values = self.all(name);
        let value = values.next();
        assert!(values.next().is_none(), "more than one {name}: {self:?}");
        value
    }

    /// Returns all values of a field.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let named = move |field: &&(String, String)| field.0.eq_ignore_ascii_case(name);
        self.fields
            .iter()
            .filter(named)
            .map(|(_, value)| value.as_str())
    }

    /// Returns the value of `Content-Length`.
    ///
    /// # Panics
    /// Panics if the value is not a number.
    pub fn content_length(&self) -> Option<u64> {
        let value = self.field("content-length")?;
        Some(value.parse().expect("a number"))
    }

    /// Returns the sorted names of all fields except `Date` and `Transfer-Encoding`, which belong to the connection.
    pub fn names(&self) -> Vec<&str> {
        let names = self.fields.iter().map(|(name, _)| name.as_str());
        let mut names: Vec<_> = names
            .filter(|name| !["date", "transfer-encoding"].contains(name))
            .collect();
        names.sort_unstable();
        names
    }
}
