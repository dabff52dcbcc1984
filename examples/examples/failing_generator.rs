//! Fails in the middle of a file: the client sees an aborted download, and the log of the server says why.
//!
//! Run it: `cargo run --example failing_generator`
//! Get it: `curl -OJ http://127.0.0.1:8000/rows/100000; echo "curl says $?"`, and with 0 rows it is a clean 500

use std::io;

use async_stream::try_stream;
use axum::{Router, extract::Path, routing::get};
use downloadview::download_view;
use futures::Stream;

#[download_view(basename = "rows.csv", attachment)]
async fn rows(Path(good): Path<u32>) -> impl Stream<Item = io::Result<String>> {
    try_stream! {
        for row in 1.. {
            yield read_row(row, good)?;
        }
    }
}

fn read_row(row: u32, good: u32) -> io::Result<String> {
    if row > good {
        return Err(io::Error::other("the tape is torn"));
    }
    Ok(format!("{row},all is well\n"))
}

#[tokio::main]
async fn main() -> io::Result<()> {
    tracing_subscriber::fmt().init();
    let app = Router::new().route("/rows/{good}", get(rows));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
    axum::serve(listener, app).await
}
