//! A file that is on disk, under a name of its own: size, date and entity tag come with it, and any part can be asked for.
//!
//! Run it: `cargo run --example file_on_disk`
//! Get it: `curl -OJ http://127.0.0.1:8000/manifest`, a part: `curl -r 0-9 http://127.0.0.1:8000/manifest`

use std::{fs::File, io};

use axum::{Router, routing::get};
use downloadview::download_view;

/// `blocking`: opening a file waits for the disk.
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
