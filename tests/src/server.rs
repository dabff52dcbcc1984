//! A real axum server on a loopback socket.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{Router, http::StatusCode, response::IntoResponse, routing::get, serve::ListenerExt};
use downloadview::{Download, DownloadRequest};
use tokio::{net::TcpListener, task::JoinHandle};

/// A server on a port chosen by the system. It ends when this value is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Server {
    /// Starts a server for `app`.
    ///
    /// # Panics
    /// Panics if no port is available.
    pub async fn start(app: Router) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        // Without this, each response that takes two writes would be delayed by 40 ms.
        let listener = listener.tap_io(|stream| stream.set_nodelay(true).expect("a socket"));
        let task = tokio::spawn(async move {
            axum::serve(listener, app)
                .await
                .expect("a working listener");
        });
        Self { address, task }
    }

    /// Starts a server that serves a download at `/` once.
    ///
    /// # Panics
    /// Panics if no port is available.
    pub async fn of(download: Download) -> Self {
        let download = Arc::new(Mutex::new(Some(download)));
        let view = async move |request: DownloadRequest| {
            let download = download.lock().expect("no panic").take();
            match download {
                Some(download) => download.respond(&request).await,
                None => StatusCode::GONE.into_response(),
            }
        };
        Self::start(Router::new().route("/", get(view))).await
    }

    /// Returns the address on which the server listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}
