//! Sends rows as soon as they are ready, from a slow stream and from a slow iterator.
//!
//! Run it: `cargo run --example slow_generator`
//! Get it: `curl -N http://127.0.0.1:8000/ticks`, or `/tocks`

use std::{thread, time::Duration};

use async_stream::stream;
use axum::{Router, routing::get};
use downloadview::download_view;
use futures::Stream;

const PAUSE: Duration = Duration::from_millis(500);

#[download_view(basename = "ticks.txt")]
async fn ticks() -> impl Stream<Item = String> {
    stream! {
        for number in 1..=10 {
            yield format!("tick {number}\n");
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// An iterator may block, because it runs on the blocking pool.
#[download_view(basename = "tocks.txt")]
async fn tocks() -> impl Iterator<Item = String> {
    (1..=10).map(|number| {
        thread::sleep(PAUSE);
        format!("tock {number}\n")
    })
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let app = Router::new()
        .route("/ticks", get(ticks))
        .route("/tocks", get(tocks));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
    axum::serve(listener, app).await
}
