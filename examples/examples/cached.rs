//! Answers a client that already has the file with 304, without running the function.
//!
//! Run it: `cargo run --example cached`
//! Get it: `curl -i http://127.0.0.1:8000/prices`, and once more with its tag: `curl -i -H 'If-None-Match: "prices-7"' http://127.0.0.1:8000/prices`

use std::time::{Duration, SystemTime};

use axum::{Router, extract::State, routing::get};
use downloadview::download_view;

#[derive(Clone)]
struct Prices {
    revision: u32,
    changed: SystemTime,
}

/// The options are evaluated before the function runs, and see its arguments by reference.
#[download_view(
    basename = "prices.csv",
    etag = format!("prices-{}", prices.revision),
    last_modified = prices.changed,
    cache_control = "private, max-age=60"
)]
async fn prices(State(prices): State<Prices>) -> String {
    println!("making revision {}", prices.revision);
    "bread,4.20\nbutter,3.10\n".repeat(1000)
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let changed = SystemTime::now() - Duration::from_secs(3600);
    let app = Router::new()
        .route("/prices", get(prices))
        .with_state(Prices {
            revision: 7,
            changed,
        });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
    axum::serve(listener, app).await
}
