//! Sends names in any language. Unsafe characters in them are made harmless.
//!
//! Run it: `cargo run --example unicode_name`
//! Get it: `curl -i http://127.0.0.1:8000/greeting`, or open <http://127.0.0.1:8000/named/любое%20имя%20🐚.txt>

use axum::{Router, extract::Path, routing::get};
use downloadview::download_view;

#[download_view(basename = "你好，世界 🌍.txt", attachment)]
async fn greeting() -> &'static str {
    "你好，世界\n"
}

/// The name comes from the request. A slash, a quote or a line break in it does no harm.
#[download_view(basename = name, attachment)]
async fn named(Path(name): Path<String>) -> String {
    format!("You called me {name}\n")
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let app = Router::new()
        .route("/greeting", get(greeting))
        .route("/named/{name}", get(named));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
    axum::serve(listener, app).await
}
