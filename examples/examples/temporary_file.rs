//! Serves a file from a tool that needs a path. The file is deleted when the download has ended, however it ended.
//!
//! Run it: `cargo run --example temporary_file`
//! Get it: `curl -OJ http://127.0.0.1:8000/snapshot`

use axum::{BoxError, Router, routing::get};
use downloadview::{Download, download_view};
use rusqlite::Connection;
use tempfile::NamedTempFile;

const FILL: &str = "CREATE TABLE squares AS
    WITH RECURSIVE n (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n LIMIT 50000) SELECT n, n * n AS square FROM n";

#[download_view(basename = "squares.sqlite", attachment, blocking)]
pub(crate) fn snapshot() -> Result<Download, BoxError> {
    let (file, path) = NamedTempFile::new()?.into_parts();
    Connection::open(&path)?.execute_batch(FILL)?;
    Ok(Download::new(file).on_finish(move |outcome| {
        println!(
            "{:?} after {} bytes: deleted {}",
            outcome.end,
            outcome.bytes,
            path.display()
        );
        drop(path);
    }))
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let app = Router::new().route("/snapshot", get(snapshot));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
    axum::serve(listener, app).await
}
