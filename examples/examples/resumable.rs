//! Makes a generated file resumable: its size and a strong entity tag promise the same bytes each time.
//!
//! Run it: `cargo run --example resumable`
//! Get it: `curl -m 1 --limit-rate 5M -OJ http://127.0.0.1:8000/log/2026`, then continue: `curl -C - -o log-2026.txt http://127.0.0.1:8000/log/2026`

use axum::{Router, extract::Path, routing::get};
use downloadview::download_view;

const LINES: u64 = 2_000_000;
const LINE: u64 = "2026 line 0000000\n".len() as u64;

/// The file is not stored anywhere. Lines before the requested range are generated and discarded.
#[download_view(
    basename = "log-{year:04}.txt",
    attachment,
    size = LINES * LINE,
    etag = format!("log-{year}-1")
)]
async fn log(Path(year): Path<u16>) -> impl Iterator<Item = String> {
    (0..LINES).map(move |number| format!("{year:04} line {number:07}\n"))
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let app = Router::new().route("/log/{year}", get(log));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
    axum::serve(listener, app).await
}
