//! Sends the output of another program. The program is killed if the client leaves, and its failure aborts the download.
//!
//! Run it: `cargo run --example subprocess`
//! Get it: `curl -OJ http://127.0.0.1:8000/source && tar -tzf source.tar.gz`

use axum::{Router, routing::get};
use downloadview::{Content, download_view};
use tokio::process::Command;

#[download_view(basename = "source.tar.gz", attachment)]
pub(crate) async fn source() -> Content {
    let mut command = Command::new("tar");
    command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["-czf", "-", "src", "examples"]);
    Content::from_command(command)
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let app = Router::new().route("/source", get(source));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
    axum::serve(listener, app).await
}
