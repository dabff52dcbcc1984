//! Connections to a peer over either protocol.

mod http1;

pub(crate) mod http2;

use std::{
    io::{self, Read},
    net::TcpStream,
    time::Duration,
};

use rustix::net::sockopt::set_socket_recv_buffer_size;

/// The time limit for a response or a chunk. It is long because valgrind slows a server down.
const TIME_LIMIT: Duration = Duration::from_mins(2);

/// The name and the value of a header field.
pub(crate) type Field = (String, String);

/// The protocol between client and server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Http1,
    /// HTTP/2 in plain text with prior knowledge (RFC 9113 §3.3).
    Http2,
}

/// The size of the client's buffers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Buffering {
    /// Buffers for a fast download.
    Large,
    /// Small buffers, as for a slow and distant reader.
    Small,
}

/// The loopback port of a server and the protocol to use.
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
        stream.set_read_timeout(Some(TIME_LIMIT))?;
        if matches!(buffering, Buffering::Small) {
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
    /// Sends a request and reads the head of the response.
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

    /// Discards up to `max` bytes of the body and returns their number, which is 0 at the end.
    ///
    /// The framing of HTTP/1.1 counts as part of the body.
    pub(crate) fn discard(&mut self, max: usize) -> io::Result<usize> {
        match self {
            Self::Http1(connection) => connection.discard(max),
            Self::Http2(connection) => connection.discard(max),
        }
    }
}

/// The head of a response.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) status: u16,
    /// The header fields, with names in lower case.
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
