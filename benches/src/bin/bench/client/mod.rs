//! Connections to a peer, of either protocol.

mod http1;

pub(crate) mod http2;

use std::{
    io::{self, Read},
    net::TcpStream,
    time::Duration,
};

use rustix::net::sockopt::set_socket_recv_buffer_size;

/// The longest wait for an answer or a chunk: valgrind makes a server slow.
const PATIENCE: Duration = Duration::from_mins(2);

/// Name and value.
pub(crate) type Field = (String, String);

/// How client and server speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Http1,
    /// In plain text and by prior knowledge (RFC 9113 §3.3).
    Http2,
}

/// How much the client's side of a connection buffers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Buffering {
    /// Enough for a fast download.
    Generous,
    /// Little, like a slow reader far away.
    Little,
}

/// Where a server listens on loopback, and what it is spoken to with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Address {
    pub(crate) port: u16,
    pub(crate) protocol: Protocol,
}

impl Address {
    pub(crate) fn connect(self, buffering: Buffering) -> io::Result<Connection> {
        let stream = self.open(buffering)?;
        Ok(match self.protocol {
            Protocol::Http1 => Connection::Http1(http1::Connection::new(stream)),
            Protocol::Http2 => Connection::Http2(http2::Connection::new(stream, buffering)?),
        })
    }

    fn open(self, buffering: Buffering) -> io::Result<TcpStream> {
        let stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        if matches!(buffering, Buffering::Little) {
            set_socket_recv_buffer_size(&stream, 64 << 10)?;
        }
        Ok(stream)
    }
}

/// A connection that carries one request at a time.
#[derive(Debug)]
pub(crate) enum Connection {
    Http1(http1::Connection),
    Http2(http2::Connection),
}

impl Connection {
    /// Sends a request and reads the head of the answer.
    pub(crate) fn get(&mut self, path: &str, fields: &[Field]) -> io::Result<Head> {
        match self {
            Self::Http1(connection) => connection.get(path, fields),
            Self::Http2(connection) => connection.get(path, fields),
        }
    }

    /// Returns the body that follows a head, without its framing.
    pub(crate) fn body(&mut self, head: &Head) -> Box<dyn Read + '_> {
        match self {
            Self::Http1(connection) => connection.body(head),
            Self::Http2(connection) => Box::new(connection),
        }
    }

    /// Discards up to `most` bytes of the body and returns how many. 0 is the end.
    ///
    /// The framing of HTTP/1.1 counts as body.
    pub(crate) fn discard(&mut self, most: usize) -> io::Result<usize> {
        match self {
            Self::Http1(connection) => connection.discard(most),
            Self::Http2(connection) => connection.discard(most),
        }
    }
}

/// What comes before a body.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) status: u16,
    /// Their names are in lower case.
    pub(crate) fields: Vec<Field>,
}

impl Head {
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.fields.iter();
        fields.find_map(|(candidate, value)| (candidate == name).then_some(value.as_str()))
    }

    pub(crate) fn content_length(&self) -> Option<u64> {
        self.field("content-length")?.parse().ok()
    }
}
