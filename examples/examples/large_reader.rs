//! Reads from a blocking reader of any length, in chunks, on the blocking pool, at the speed of the client.
//!
//! Run it: `cargo run --example large_reader`
//! Get it: `curl -OJ http://127.0.0.1:8000/zeros/1`

use std::io::{self, Read};

use axum::{Router, extract::Path, routing::get};
use downloadview::download_view;

/// With a `size`, the client can show its progress. The size is a promise: a reader that ends early aborts the download.
#[download_view(basename = "zeros-{gigabytes}.bin", attachment, size = u64::from(*gigabytes) << 30)]
async fn zeros(Path(gigabytes): Path<u32>) -> impl Read {
    io::repeat(0).take(u64::from(gigabytes) << 30)
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let app = Router::new().route("/zeros/{gigabytes}", get(zeros));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
    axum::serve(listener, app).await
}
