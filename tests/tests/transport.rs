//! A transport without vectored writes, like some TLS streams. hyper copies frames for such a transport.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    pin::Pin,
    task::{Context, Poll},
    thread,
    time::Duration,
};

use axum::serve::Listener;
use tests::{message::Request, stalling::Stalling};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net,
    task::spawn_blocking,
};

struct UnvectoredStream(net::TcpStream);

impl AsyncRead for UnvectoredStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl AsyncWrite for UnvectoredStream {
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

struct UnvectoredListener(net::TcpListener);

impl Listener for UnvectoredListener {
    type Io = UnvectoredStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (UnvectoredStream, SocketAddr) {
        let (stream, address) = self.0.accept().await.expect("a connection");
        (UnvectoredStream(stream), address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_bytes_before_a_stall_are_sent() {
    let (held, reader) = Stalling::new();
    let listener = UnvectoredListener(net::TcpListener::bind("127.0.0.1:0").await.expect("a port"));
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, reader.into_router()).await });
    let client = spawn_blocking(move || read_until_stall(address));
    client.await.unwrap().expect("all bytes that were produced");
    drop(held);
}

fn read_until_stall(address: SocketAddr) -> io::Result<()> {
    let mut connection = TcpStream::connect(address)?;
    connection.set_read_timeout(Some(Duration::from_secs(10)))?;
    connection.write_all(&Request::get("/").to_http1())?;
    let (mut buffer, mut received) = (vec![0; 256 << 10], 0);
    // The head and the framing are counted, too, so the last few KiB of content may be missing.
    while received < Stalling::SIZE {
        received += connection.read(&mut buffer)?;
        // The pause makes sure that the server always has bytes to send.
        thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}
