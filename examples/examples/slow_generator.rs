//! A generator that takes its time: the rows that are ready leave at once, async or blocking.
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

/// An iterator may block: it runs on threads made for that.
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
