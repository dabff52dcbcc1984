//! Sends text as a file. This is the shortest view.
//!
//! Run it: `cargo run --example hello`
//! Get it: `curl -OJ http://127.0.0.1:8000/hello`

use axum::{Router, routing::get};
use downloadview::download_view;

#[download_view(basename = "hello-world.txt", attachment)]
async fn hello() -> &'static str {
    "Hello world!\n"
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let app = Router::new().route("/hello", get(hello));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
    axum::serve(listener, app).await
}
