//! An HTTP/2 client that connects with prior knowledge.

use axum::http;
use bytes::Bytes;
use futures::future::try_join_all;
use h2::{RecvStream, client::SendRequest};
use tokio::{net::TcpStream, task::JoinHandle};

use crate::{
    message::{Answer, Framing, Request},
    server::Server,
};

/// A connection to the server.
#[derive(Debug)]
pub struct Connection {
    requests: SendRequest<Bytes>,
    task: JoinHandle<()>,
}

impl Connection {
    /// Connects to the server.
    ///
    /// # Panics
    /// Panics if the server does not accept the connection or does not speak HTTP/2.
    pub async fn open(server: &Server) -> Self {
        let stream = TcpStream::connect(server.address())
            .await
            .expect("a server");
        let mut builder = h2::client::Builder::new();
        let window = 1 << 20;
        let builder = builder
            .initial_window_size(window)
            .initial_connection_window_size(window);
        let (requests, connection) = builder.handshake(stream).await.expect("HTTP/2");
        let task = tokio::spawn(async move {
            // The requests report any error of the connection.
            let _ = connection.await;
        });
        Self { requests, task }
    }

    /// Sends a request and reads the response.
    ///
    /// # Errors
    /// Returns an error if the stream or the connection is reset.
    ///
    /// # Panics
    /// Panics if the request is not valid.
    pub async fn try_exchange(&mut self, request: &Request) -> Result<Answer, h2::Error> {
        exchange(self.requests.clone(), request).await
    }

    /// Sends several requests at once and reads their responses.
    ///
    /// # Panics
    /// Panics if a stream or the connection is reset.
    pub async fn exchange_all(&mut self, requests: &[Request]) -> Vec<Answer> {
        let exchanges = requests
            .iter()
            .map(|request| exchange(self.requests.clone(), request));
        let answers = try_join_all(exchanges).await;
        answers.unwrap_or_else(|error| panic!("{error} for {requests:?}"))
    }

    /// Sends a request and returns the unread body of the response. The server can only send the initial window of it until
    /// it is read with [`read_to_end`].
    ///
    /// # Panics
    /// Panics if there is no response.
    pub async fn begin(&mut self, request: &Request) -> RecvStream {
        let response = send(self.requests.clone(), request).await;
        response.expect("a response").into_body()
    }

    /// Sends a request, waits for the first bytes of the response, and resets the stream.
    ///
    /// # Panics
    /// Panics if no bytes arrive.
    pub async fn leave_midway(&mut self, request: &Request) {
        let mut stream = self.begin(request).await;
        let data = stream.data().await.expect("a body");
        data.expect("its first bytes");
    }

    /// Sends a request and reads the response.
    ///
    /// # Panics
    /// Panics if the stream or the connection is reset.
    pub async fn exchange(&mut self, request: &Request) -> Answer {
        let answer = self.try_exchange(request).await;
        answer.unwrap_or_else(|error| panic!("{error} for {request:?}"))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Reads a body to its end.
///
/// # Errors
/// Returns an error if the stream or the connection is reset.
pub async fn read_to_end(mut stream: RecvStream) -> Result<Vec<u8>, h2::Error> {
    let mut body = Vec::new();
    while let Some(data) = stream.data().await {
        let data = data?;
        stream.flow_control().release_capacity(data.len())?;
        body.extend_from_slice(&data);
    }
    Ok(body)
}

async fn exchange(requests: SendRequest<Bytes>, request: &Request) -> Result<Answer, h2::Error> {
    let (head, stream) = send(requests, request).await?.into_parts();
    let body = read_to_end(stream).await?;
    let text = |value: &http::HeaderValue| value.to_str().expect("ASCII").to_owned();
    let fields = head.headers.iter();
    Ok(Answer {
        status: head.status.as_u16(),
        fields: fields
            .map(|(name, value)| (name.to_string(), text(value)))
            .collect(),
        framing: Framing::Close,
        body,
    })
}

async fn send(
    requests: SendRequest<Bytes>,
    request: &Request,
) -> Result<http::Response<RecvStream>, h2::Error> {
    let url = format!("http://loopback{}", request.path);
    let mut head = http::Request::builder().method(&request.method).uri(url);
    for (name, value) in &request.fields {
        head = head.header(name, value);
    }
    let head = head.body(()).expect("a request");
    let (response, _) = requests.ready().await?.send_request(head, true)?;
    response.await
}
