//! An HTTP/2 connection that opens its flow-control window only as data is read.

use std::{
    future::Future,
    io::{self, Read},
    net,
    time::{Duration, Instant},
};

use axum::http::{Request, Response};
use bytes::{Buf, Bytes};
use futures::future::try_join_all;
use h2::{
    RecvStream,
    client::{self, SendRequest},
};
use tokio::{
    net::TcpStream,
    runtime::{self, Runtime},
    time::timeout,
};

use super::{Address, Buffering, Field, Head, TIME_LIMIT};

/// The number of connections for a load of small responses.
const CONNECTIONS: usize = 8;
/// The number of concurrent streams on each of these connections.
const STREAMS: usize = 8;

/// Returns the flow-control windows of a stream and of its connection.
///
/// The small windows are the defaults of the protocol.
const fn windows(buffering: Buffering) -> (u32, u32) {
    match buffering {
        Buffering::Large => (1 << 20, 16 << 20),
        Buffering::Small => ((64 << 10) - 1, (64 << 10) - 1),
    }
}

/// A connection to a peer, and the body that it receives.
#[derive(Debug)]
pub(crate) struct Connection {
    /// Runs the protocol only while a caller waits. The socket of an idle client is not read.
    runtime: Runtime,
    sender: SendRequest<Bytes>,
    body: Option<RecvStream>,
    chunk: Bytes,
}

impl Connection {
    pub(crate) fn new(stream: net::TcpStream, buffering: Buffering) -> io::Result<Self> {
        let runtime = current_thread()?;
        let sender = wait(&runtime, handshake(stream, buffering))?;
        Ok(Self {
            runtime,
            sender,
            body: None,
            chunk: Bytes::new(),
        })
    }

    pub(crate) fn get(&mut self, path: &str, fields: &[Field]) -> io::Result<Head> {
        let request = request(path, fields)?;
        let response = wait(&self.runtime, send(&self.sender, request))?;
        let (head, body) = response.into_parts();
        self.body = Some(body);
        self.chunk = Bytes::new();
        let fields = head.headers.iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            (name.to_string(), value.into_owned())
        });
        Ok(Head {
            status: head.status.as_u16(),
            fields: fields.collect(),
        })
    }

    pub(crate) fn discard(&mut self, max: usize) -> io::Result<usize> {
        let length = self.chunk()?.len().min(max);
        self.consume(length)?;
        Ok(length)
    }

    /// Returns the received bytes that have not been consumed. They are empty at the end of the body.
    fn chunk(&mut self) -> io::Result<&Bytes> {
        while self.chunk.is_empty() {
            let Some(body) = &mut self.body else { break };
            let chunk = wait(&self.runtime, async {
                body.data().await.transpose().map_err(io::Error::other)
            })?;
            match chunk {
                Some(chunk) => self.chunk = chunk,
                None => self.body = None,
            }
        }
        Ok(&self.chunk)
    }

    /// Consumes bytes and allows the server to send as many again.
    fn consume(&mut self, length: usize) -> io::Result<()> {
        self.chunk.advance(length);
        let Some(body) = &mut self.body else {
            return Ok(());
        };
        let released = body.flow_control().release_capacity(length);
        released.map_err(io::Error::other)
    }
}

impl Read for Connection {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.chunk()?.as_ref().read(buffer)?;
        self.consume(read)?;
        Ok(read)
    }
}

fn current_thread() -> io::Result<Runtime> {
    runtime::Builder::new_current_thread().enable_all().build()
}

/// Drives the connection until `future` is done.
fn wait<T>(runtime: &Runtime, future: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    runtime.block_on(async { timeout(TIME_LIMIT, future).await? })
}

/// Performs the HTTP/2 handshake. A task of the current runtime drives the connection.
async fn handshake(stream: net::TcpStream, buffering: Buffering) -> io::Result<SendRequest<Bytes>> {
    stream.set_nonblocking(true)?;
    let (stream_window, connection_window) = windows(buffering);
    let (sender, connection) = client::Builder::new()
        .enable_push(false)
        .initial_window_size(stream_window)
        .initial_connection_window_size(connection_window)
        .handshake(TcpStream::from_std(stream)?)
        .await
        .map_err(io::Error::other)?;
    // The streams report any error of the connection.
    tokio::spawn(connection);
    Ok(sender)
}

fn request(path: &str, fields: &[Field]) -> io::Result<Request<()>> {
    let request = Request::get(format!("http://localhost{path}"));
    let request = request.header("accept-encoding", "identity");
    let request = fields.iter().fold(request, |request, (name, value)| {
        request.header(name, value)
    });
    request.body(()).map_err(io::Error::other)
}

async fn send(
    sender: &SendRequest<Bytes>,
    request: Request<()>,
) -> io::Result<Response<RecvStream>> {
    let sender = sender.clone().ready().await;
    let mut sender = sender.map_err(io::Error::other)?;
    let (response, _) = sender
        .send_request(request, true)
        .map_err(io::Error::other)?;
    response.await.map_err(io::Error::other)
}

/// Requests one path on several streams of several connections until the time is up. Returns the number of responses.
pub(crate) fn requests(
    address: Address,
    path: &str,
    fields: &[Field],
    duration: Duration,
) -> io::Result<u64> {
    let deadline = Instant::now() + duration;
    let runtime = current_thread()?;
    let counts = runtime.block_on(try_join_all((0..CONNECTIONS).map(async |_| {
        let sender = handshake(address.open(Buffering::Large)?, Buffering::Large).await?;
        let streams = (0..STREAMS).map(|_| stream_of_requests(&sender, path, fields, deadline));
        try_join_all(streams).await
    })))?;
    Ok(counts.into_iter().flatten().sum())
}

/// Sends requests with small responses, one after the other.
async fn stream_of_requests(
    sender: &SendRequest<Bytes>,
    path: &str,
    fields: &[Field],
    deadline: Instant,
) -> io::Result<u64> {
    let mut requests = 0;
    while Instant::now() < deadline {
        let exchange = timeout(TIME_LIMIT, exchange(sender, request(path, fields)?));
        exchange.await??;
        requests += 1;
    }
    Ok(requests)
}

/// Sends a request and discards its small response.
async fn exchange(sender: &SendRequest<Bytes>, request: Request<()>) -> io::Result<()> {
    let response = send(sender, request).await?;
    if response.status().as_u16() >= 400 {
        return Err(io::Error::other(format!(
            "the status of the response is {}",
            response.status()
        )));
    }
    let mut body = response.into_body();
    while let Some(chunk) = body.data().await {
        let length = chunk.map_err(io::Error::other)?.len();
        let released = body.flow_control().release_capacity(length);
        released.map_err(io::Error::other)?;
    }
    Ok(())
}
