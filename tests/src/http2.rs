//! An HTTP/2 client, with prior knowledge.

use axum::http;
use bytes::Bytes;
use futures::future::try_join_all;
use h2::{RecvStream, client::SendRequest};
use tokio::{net::TcpStream, task::JoinHandle};

use crate::{
    message::{Answer, Framing, Request},
    server::Server,
};

/// A connection.
#[derive(Debug)]
pub struct Connection {
    requests: SendRequest<Bytes>,
    task: JoinHandle<()>,
}

impl Connection {
    /// Connects.
    ///
    /// # Panics
    /// When the server does not listen, or does not speak HTTP/2.
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
            // What goes wrong here is seen by the requests.
            let _ = connection.await;
        });
        Self { requests, task }
    }

    /// Sends a request and reads its answer.
    ///
    /// # Errors
    /// When the stream or the connection is reset.
    ///
    /// # Panics
    /// When the request is none.
    pub async fn try_exchange(&mut self, request: &Request) -> Result<Answer, h2::Error> {
        exchange(self.requests.clone(), request).await
    }

    /// Sends requests, all at once, and reads their answers.
    ///
    /// # Panics
    /// When a stream or the connection is reset.
    pub async fn exchange_all(&mut self, requests: &[Request]) -> Vec<Answer> {
        let exchanges = requests
            .iter()
            .map(|request| exchange(self.requests.clone(), request));
        let answers = try_join_all(exchanges).await;
        answers.unwrap_or_else(|error| panic!("{error} for {requests:?}"))
    }

    /// Sends a request and returns the body of its answer, for which the server has the initial window and no more until it
    /// is read with [`read_to_end`].
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn begin(&mut self, request: &Request) -> RecvStream {
        let response = send(self.requests.clone(), request).await;
        response.expect("an answer").into_body()
    }

    /// Sends a request, waits for the first bytes of its answer, and resets the stream.
    ///
    /// # Panics
    /// When they do not come.
    pub async fn leave_amid(&mut self, request: &Request) {
        let mut stream = self.begin(request).await;
        let data = stream.data().await.expect("a body");
        data.expect("its first bytes");
    }

    /// Sends a request and reads its answer.
    ///
    /// # Panics
    /// When the stream or the connection is reset.
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
/// When the stream or the connection is reset.
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
