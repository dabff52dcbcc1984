//! A strict HTTP/1.1 client that checks every byte of a response.

use std::{fmt, io, time::Duration};

use axum::http::Method;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::sleep,
};

use crate::{
    message::{Answer, Framing, Request},
    server::Server,
};

/// The time that a slow client waits after each read.
const PAUSE: Duration = Duration::from_millis(1);

/// A connection. `buffer` holds bytes that were received but not yet parsed.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// The number of bytes that the connection will still receive, and the maximum per read.
    left: u64,
    piece: u64,
}

/// The reason why a response is incomplete.
pub enum Broken {
    /// The connection ended early. Contains the partial body if the head was complete.
    Cut(Option<Vec<u8>>),
    /// The response is not valid HTTP/1.1.
    Malformed(String),
}

impl fmt::Debug for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cut(None) => f.write_str("cut within the head"),
            Self::Cut(Some(body)) => write!(f, "cut after {} bytes of the body", body.len()),
            Self::Malformed(problem) => write!(f, "malformed: {problem}"),
        }
    }
}

type Result<T> = std::result::Result<T, Broken>;

fn malformed<T>(problem: impl Into<String>) -> Result<T> {
    Err(Broken::Malformed(problem.into()))
}

impl Connection {
    /// Connects to the server.
    ///
    /// # Panics
    /// Panics if the server does not accept the connection.
    pub async fn open(server: &Server) -> Self {
        let stream = TcpStream::connect(server.address()).await;
        Self::over(stream.expect("a server"))
    }

    /// Connects through a socket with a small receive buffer.
    ///
    /// # Panics
    /// Panics if the server does not accept the connection.
    pub async fn open_narrow(server: &Server) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(4096).expect("a socket");
        let stream = socket.connect(server.address()).await;
        Self::over(stream.expect("a server"))
    }

    fn over(stream: TcpStream) -> Self {
        Self {
            stream,
            buffer: Vec::new(),
            left: u64::MAX,
            piece: u64::MAX,
        }
    }

    /// Makes the connection end after it has received this number of bytes.
    pub fn cut_after(self, bytes: usize) -> Self {
        Self {
            left: bytes as u64,
            ..self
        }
    }

    /// Limits each read to this number of bytes and adds a pause after it.
    pub fn slowly(self, bytes: usize) -> Self {
        Self {
            piece: bytes as u64,
            ..self
        }
    }

    /// Sends raw bytes.
    ///
    /// # Errors
    /// Returns an error if the connection is closed.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await
    }

    /// Closes the sending side of the connection.
    ///
    /// # Errors
    /// Returns an error if the connection is closed.
    pub async fn finish_writing(&mut self) -> io::Result<()> {
        self.stream.shutdown().await
    }

    /// Sends a request and reads the response.
    ///
    /// # Errors
    /// Returns an error if the response is malformed or incomplete.
    pub async fn try_exchange(&mut self, request: &Request) -> Result<Answer> {
        // A server that closes early may have responded already, so a failed write is ignored.
        let _ = self.write(&request.to_http1()).await;
        self.read_answer(&request.method).await
    }

    /// Sends a request and reads the response.
    ///
    /// # Panics
    /// Panics if the response is malformed or incomplete.
    pub async fn exchange(&mut self, request: &Request) -> Answer {
        let answer = self.try_exchange(request).await;
        answer.unwrap_or_else(|broken| panic!("{broken:?} for {request:?}"))
    }

    /// Sends a request and waits for the first bytes of the response, but reads no further.
    ///
    /// # Panics
    /// Panics if the connection ends first.
    pub async fn begin(&mut self, request: &Request) {
        let sent = self.write(&request.to_http1()).await;
        sent.expect("a server");
        self.receive(1).await;
    }

    /// Reads one response and leaves the bytes after it for the next call.
    ///
    /// # Errors
    /// Returns an error if the response is malformed or incomplete.
    pub async fn read_answer(&mut self, method: &Method) -> Result<Answer> {
        let head = self.read_head().await?;
        let (status, fields) = parse_head(&head)?;
        let framing = framing(method, status, &fields)?;
        let body = match framing {
            Framing::Absent => Vec::new(),
            Framing::Length(length) => self.read_length(length).await?,
            Framing::Chunked => self.read_chunks().await?,
            Framing::Close => self.read_to_end().await,
        };
        Ok(Answer {
            status,
            fields,
            framing,
            body,
        })
    }

    /// Reads until the server ends the connection and returns all bytes.
    pub async fn read_to_end(&mut self) -> Vec<u8> {
        while self.read_more().await {}
        std::mem::take(&mut self.buffer)
    }

    /// Receives at least this number of bytes and drops the connection.
    ///
    /// # Panics
    /// Panics if the connection ends first.
    pub async fn leave_after(mut self, bytes: usize) {
        self.receive(bytes).await;
    }

    /// Receives until at least this number of unparsed bytes is available.
    ///
    /// # Panics
    /// Panics if the connection ends first.
    pub async fn receive(&mut self, bytes: usize) {
        while self.buffer.len() < bytes {
            assert!(self.read_more().await, "ended before {bytes} bytes");
        }
    }

    /// Receives more bytes. Returns false at the end of the connection.
    async fn read_more(&mut self) -> bool {
        let max = self.left.min(self.piece);
        let read = (&mut self.stream)
            .take(max)
            .read_buf(&mut self.buffer)
            .await;
        self.left -= *read.as_ref().unwrap_or(&0) as u64;
        if self.piece < u64::MAX {
            sleep(PAUSE).await;
        }
        matches!(read, Ok(1..))
    }

    async fn read_head(&mut self) -> Result<String> {
        loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                let head: Vec<_> = self.buffer.drain(..end + 4).collect();
                return String::from_utf8(head).or_else(|_| malformed("a head that is not UTF-8"));
            }
            if !self.read_more().await {
                return Err(Broken::Cut(None));
            }
        }
    }

    async fn read_length(&mut self, length: u64) -> Result<Vec<u8>> {
        let length = usize::try_from(length).expect("a length that fits in memory");
        while self.buffer.len() < length {
            if !self.read_more().await {
                return Err(Broken::Cut(Some(std::mem::take(&mut self.buffer))));
            }
        }
        Ok(self.buffer.drain(..length).collect())
    }

    async fn read_chunks(&mut self) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let Some(size) = self.read_line().await? else {
                return Err(Broken::Cut(Some(body)));
            };
            let Ok(size) = u64::from_str_radix(&size, 16) else {
                return malformed(format!("chunk size {size:?}"));
            };
            match self.read_length(size).await {
                Ok(chunk) => body.extend(chunk),
                Err(Broken::Cut(Some(part))) => {
                    return Err(Broken::Cut(Some([body, part].concat())));
                }
                Err(broken) => return Err(broken),
            }
            match self.read_line().await?.as_deref() {
                Some("") if size == 0 => return Ok(body),
                Some("") => {}
                Some(line) => return malformed(format!("{line:?} after a chunk")),
                None => return Err(Broken::Cut(Some(body))),
            }
        }
    }

    /// Reads a line and returns it without its CRLF, or `None` at the end of the connection.
    async fn read_line(&mut self) -> Result<Option<String>> {
        loop {
            if let Some(end) = find(&self.buffer, b"\r\n") {
                let line: Vec<_> = self.buffer.drain(..end + 2).collect();
                let line =
                    String::from_utf8(line).or_else(|_| malformed("a line that is not UTF-8"))?;
                return Ok(Some(line[..end].to_owned()));
            }
            if !self.read_more().await {
                return Ok(None);
            }
        }
    }
}

type Fields = Vec<(String, String)>;

fn parse_head(head: &str) -> Result<(u16, Fields)> {
    let mut lines = head.trim_end_matches("\r\n").split("\r\n");
    let line = lines.next().unwrap_or_default();
    let status = line.strip_prefix("HTTP/1.1 ").and_then(|rest| {
        let (status, reason) = rest.split_once(' ')?;
        (status.len() == 3 && !reason.is_empty()).then(|| status.parse().ok())?
    });
    let Some(status) = status else {
        return malformed(format!("status line {line:?}"));
    };
    let fields = lines.map(parse_field).collect::<Result<_>>()?;
    Ok((status, fields))
}

fn parse_field(line: &str) -> Result<(String, String)> {
    let is_token = |name: &str| {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        !name.is_empty() && name.bytes().all(legal)
    };
    match line.split_once(": ") {
        Some((name, value))
            if is_token(name)
                && value.trim() == value
                && !value.contains(|c: char| c.is_ascii_control()) =>
        {
            Ok((name.to_ascii_lowercase(), value.to_owned()))
        }
        _ => malformed(format!("field line {line:?}")),
    }
}

/// Returns the framing of a body (RFC 9112 §6.3).
fn framing(method: &Method, status: u16, fields: &[(String, String)]) -> Result<Framing> {
    let values = |wanted: &str| -> Vec<_> {
        let named = fields.iter().filter(|(name, _)| name == wanted);
        named.map(|(_, value)| value.as_str()).collect()
    };
    let (lengths, codings) = (values("content-length"), values("transfer-encoding"));
    let is_bodiless = method == Method::HEAD || status == 304 || status == 204 || status < 200;
    match (&lengths[..], &codings[..]) {
        (_, [_, ..]) if status == 304 || status == 204 => {
            malformed("Transfer-Encoding without a body")
        }
        ([], [] | ["chunked"]) | ([_], []) if is_bodiless => Ok(Framing::Absent),
        ([], []) => Ok(Framing::Close),
        ([], ["chunked"]) => Ok(Framing::Chunked),
        ([length], []) => match length.parse() {
            Ok(number) if format!("{number}") == *length => Ok(Framing::Length(number)),
            _ => malformed(format!("Content-Length {length:?}")),
        },
        _ => malformed(format!("framing by {lengths:?} and {codings:?}")),
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}
