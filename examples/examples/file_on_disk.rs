//! Serves a file on disk under another name, with its size, date, entity tag and ranges.
//!
//! Run it: `cargo run --example file_on_disk`
//! Get it: `curl -OJ http://127.0.0.1:8000/manifest`, or a part of it: `curl -r 0-9 http://127.0.0.1:8000/manifest`

use std::{fs::File, io};

use axum::{Router, routing::get};
use downloadview::download_view;

/// Opening a file waits for the disk, so the function is `blocking`.
#[download_view(
    basename = "manifest.toml",
    attachment,
    content_type = "text/plain",
    blocking
)]
fn manifest() -> io::Result<File> {
    File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let app = Router::new().route("/manifest", get(manifest));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
    axum::serve(listener, app).await
}
