//! Turns an existing handler into a download. Its header fields stay, and a name is added.
//!
//! Run it: `cargo run --example existing_response`
//! Get it: `curl -OJ http://127.0.0.1:8000/planets.json`, and the handler itself: `curl -i http://127.0.0.1:8000/planets`

use axum::{Json, Router, http::header::CONTENT_LANGUAGE, response::IntoResponse, routing::get};
use downloadview::download_view;

async fn planets() -> impl IntoResponse {
    (
        [(CONTENT_LANGUAGE, "en")],
        Json(["Mercury", "Venus", "Earth", "Mars"]),
    )
}

#[download_view(basename = "planets.json", attachment)]
async fn planets_file() -> impl IntoResponse {
    planets().await
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let app = Router::new()
        .route("/planets", get(planets))
        .route("/planets.json", get(planets_file));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
    axum::serve(listener, app).await
}
