//! Requests and answers, in whatever version of HTTP they travel.

use std::fmt::Write;

use axum::http::Method;

/// A request: its method, its path, and the fields beside those of the connection.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path.
    pub path: String,
    /// Names and values, as they are sent.
    pub fields: Vec<(String, String)>,
}

impl Request {
    /// A request of any method.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            fields: Vec::new(),
        }
    }

    /// A GET.
    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    /// A HEAD.
    pub fn head(path: impl Into<String>) -> Self {
        Self::new(Method::HEAD, path)
    }

    /// A POST without a body.
    pub fn post(path: impl Into<String>) -> Self {
        Self::new(Method::POST, path).field("Content-Length", "0")
    }

    /// Adds a field.
    pub fn field(mut self, name: &str, value: impl Into<String>) -> Self {
        self.fields.push((name.to_owned(), value.into()));
        self
    }

    /// Adds `Range`.
    pub fn range(self, value: &str) -> Self {
        self.field("Range", value)
    }

    /// The request as HTTP/1.1 writes it.
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

/// How the end of a body is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// There is no body.
    Absent,
    /// By `Content-Length`.
    Length(u64),
    /// By chunks.
    Chunked,
    /// By the end of the connection, or of the HTTP/2 stream.
    Close,
}

/// A complete answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Names, in lower case, and values, in the order in which they came.
    pub fields: Vec<(String, String)>,
    /// How the end of the body was told.
    pub framing: Framing,
    /// The body, without its framing.
    pub body: Vec<u8>,
}

impl Answer {
    /// The value of a field that may come once at most.
    ///
    /// # Panics
    /// When it came more than once.
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut values = self.all(name);
        let value = values.next();
        assert!(values.next().is_none(), "more than one {name}: {self:?}");
        value
    }

    /// The values of a field.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let named = move |field: &&(String, String)| field.0.eq_ignore_ascii_case(name);
        self.fields
            .iter()
            .filter(named)
            .map(|(_, value)| value.as_str())
    }

    /// `Content-Length`.
    ///
    /// # Panics
    /// When it is no number.
    pub fn content_length(&self) -> Option<u64> {
        let value = self.field("content-length")?;
        Some(value.parse().expect("a number"))
    }

    /// The names of all fields but `Date` and `Transfer-Encoding`, which are the connection's; sorted.
    pub fn names(&self) -> Vec<&str> {
        let names = self.fields.iter().map(|(name, _)| name.as_str());
        let mut names: Vec<_> = names
            .filter(|name| !["date", "transfer-encoding"].contains(name))
            .collect();
        names.sort_unstable();
        names
    }
}
