//! Sends the output of an async encoder: rows are compressed while they are read, at the speed of the client.
//!
//! Run it: `cargo run --example async_encoder`
//! Get it: `curl -OJ http://127.0.0.1:8000/squares/1000 && zcat squares-to-1000.csv.gz`

use std::io;

use async_compression::tokio::write::GzipEncoder;
use axum::{Router, extract::Path, routing::get};
use downloadview::{Content, download_view};
use tokio::io::AsyncWriteExt;

/// Represents a query.
async fn square(number: u64) -> io::Result<u64> {
    tokio::task::yield_now().await;
    let square = number.checked_mul(number);
    square.ok_or_else(|| io::Error::other("the square is too large"))
}

#[download_view(basename = "squares-to-{last}.csv.gz", attachment)]
pub(crate) async fn squares(Path(last): Path<u64>) -> Content {
    Content::from_async_writer(move |out| async move {
        let mut gzip = GzipEncoder::new(out);
        gzip.write_all(b"number,square\n").await?;
        for number in 1..=last {
            let row = format!("{number},{}\n", square(number).await?);
            gzip.write_all(row.as_bytes()).await?;
        }
        gzip.shutdown().await?;
        Ok(())
    })
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let app = Router::new().route("/squares/{last}", get(squares));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
    axum::serve(listener, app).await
}
