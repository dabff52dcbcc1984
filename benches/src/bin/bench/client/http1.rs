//! An HTTP/1.1 connection that discards bodies without copying them.

use std::{
    io::{self, BufRead, BufReader, ErrorKind, Read, Write},
    net::TcpStream,
};

use rustix::net::{RecvFlags, recv};

use super::{Field, Head};

/// A connection to a peer.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
    /// The buffer for discarded bytes.
    sink: Vec<u8>,
}

impl Connection {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self {
            stream: BufReader::new(stream),
            sink: vec![0; 1 << 20],
        }
    }

    pub(crate) fn get(&mut self, path: &str, fields: &[Field]) -> io::Result<Head> {
        let mut request =
            format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: identity\r\n");
        for (name, value) in fields {
            request.extend([name, ": ", value, "\r\n"]);
        }
        request.push_str("\r\n");
        self.stream.get_mut().write_all(request.as_bytes())?;
        Head::read(&mut self.stream)
    }

    pub(crate) fn body(&mut self, head: &Head) -> Box<dyn Read + '_> {
        let stream = &mut self.stream;
        if head.status == 304 {
            Box::new(io::empty())
        } else if let Some(length) = head.content_length() {
            Box::new(stream.take(length))
        } else if head.field("transfer-encoding").is_some() {
            Box::new(Chunks {
                stream,
                remaining: 0,
                ended: false,
            })
        } else {
            Box::new(stream)
        }
    }

    pub(crate) fn discard(&mut self, max: usize) -> io::Result<usize> {
        let read_ahead = self.stream.buffer().len().min(max);
        if read_ahead > 0 {
            self.stream.consume(read_ahead);
            return Ok(read_ahead);
        }
        let max = max.min(self.sink.len());
        // With this flag, TCP drops the bytes without copying them.
        let (_, length) = recv(
            self.stream.get_ref(),
            &mut self.sink[..max],
            RecvFlags::TRUNC,
        )?;
        Ok(length)
    }
}

impl Head {
    fn read(stream: &mut impl BufRead) -> io::Result<Self> {
        let status_line = read_line(stream)?;
        let status = status_line
            .get(9..12)
            .and_then(|digits| digits.parse().ok());
        let status = status.ok_or_else(|| io::Error::other("the response is not HTTP/1.1"))?;
        let mut fields = Vec::new();
        while let Some((name, value)) = read_line(stream)?.split_once(':') {
            fields.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        Ok(Self { status, fields })
    }
}

/// The body of a chunked response (RFC 9112 §7.1).
struct Chunks<'a> {
    stream: &'a mut BufReader<TcpStream>,
    remaining: u64,
    ended: bool,
}

impl Chunks<'_> {
    fn begin_chunk(&mut self) -> io::Result<()> {
        let size = read_line(self.stream)?;
        self.remaining = u64::from_str_radix(&size, 16).map_err(io::Error::other)?;
        if self.remaining == 0 {
            read_line(self.stream)?;
            self.ended = true;
        }
        Ok(())
    }
}

impl Read for Chunks<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.remaining == 0 && !self.ended {
            self.begin_chunk()?;
        }
        if self.ended {
            return Ok(0);
        }
        let read = self.stream.by_ref().take(self.remaining).read(buffer)?;
        if read == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        self.remaining -= read as u64;
        if self.remaining == 0 {
            read_line(self.stream)?;
        }
        Ok(read)
    }
}

/// Reads a line and returns it without its CRLF.
fn read_line(stream: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let line = line.strip_suffix("\r\n");
    line.map(str::to_owned)
        .ok_or(ErrorKind::UnexpectedEof.into())
}
