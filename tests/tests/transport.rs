//! A transport that takes one buffer at a time, as some of TLS: there, hyper copies what it is given.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    pin::Pin,
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, channel},
    },
    task::{Context, Poll},
    thread,
    time::Duration,
};

use axum::{Router, routing::get, serve::Listener};
use downloadview::{Content, Download, DownloadRequest};
use tests::message::Request;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net,
};

/// More than proves that a client is fast.
const SIZE: usize = 64 << 20;

struct Plain(net::TcpStream);

impl AsyncRead for Plain {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        room: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, room)
    }
}

impl AsyncWrite for Plain {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

struct Plainly(net::TcpListener);

impl Listener for Plainly {
    type Io = Plain;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Plain, SocketAddr) {
        let (stream, address) = self.0.accept().await.expect("a connection");
        (Plain(stream), address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// Gives much at a time, then nothing for as long as the other end is held.
struct Stalling {
    left: usize,
    held: Receiver<()>,
}

impl Read for Stalling {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            let _ = self.held.recv_timeout(Duration::from_secs(60));
            return Ok(0);
        }
        let n = room.len().min(self.left);
        self.left -= n;
        room[..n].fill(b'#');
        Ok(n)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_was_swift_and_stalls_keeps_nothing_back() {
    let (sender, held) = channel::<()>();
    let reader = Arc::new(Mutex::new(Some(Stalling { left: SIZE, held })));
    let serve = async move |request: DownloadRequest| {
        let reader = reader.lock().unwrap().take().expect("one request");
        let content = Content::from_reader(reader);
        Download::new(content).respond(&request).await
    };
    let listener = Plainly(net::TcpListener::bind("127.0.0.1:0").await.expect("a port"));
    let address = listener.local_addr().expect("an address");
    let app = Router::new().route("/", get(serve));
    tokio::spawn(async move { axum::serve(listener, app).await });
    let client = thread::spawn(move || take(address));
    while !client.is_finished() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    client.join().unwrap().expect("everything that was given");
    drop(sender);
}

fn take(address: SocketAddr) -> io::Result<()> {
    let mut connection = TcpStream::connect(address)?;
    connection.set_read_timeout(Some(Duration::from_secs(10)))?;
    connection.write_all(&Request::get("/").to_http1())?;
    let (mut room, mut got) = (vec![0; 256 << 10], 0);
    // With head and framing, a few KiB less than all will do.
    while got < SIZE {
        got += connection.read(&mut room)?;
        // So that something always waits for it.
        thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}
