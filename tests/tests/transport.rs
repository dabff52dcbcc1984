//! A transport that takes one buffer at a time, as some of TLS: there, hyper copies what it is given.

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_was_swift_and_stalls_keeps_nothing_back() {
    let (held, reader) = Stalling::new();
    let listener = Plainly(net::TcpListener::bind("127.0.0.1:0").await.expect("a port"));
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, reader.into_router()).await });
    let client = spawn_blocking(move || take(address));
    client.await.unwrap().expect("everything that was given");
    drop(held);
}

fn take(address: SocketAddr) -> io::Result<()> {
    let mut connection = TcpStream::connect(address)?;
    connection.set_read_timeout(Some(Duration::from_secs(10)))?;
    connection.write_all(&Request::get("/").to_http1())?;
    let (mut room, mut got) = (vec![0; 256 << 10], 0);
    // With head and framing, a few KiB less than all will do.
    while got < Stalling::SIZE {
        got += connection.read(&mut room)?;
        // So that something always waits for it.
        thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}
