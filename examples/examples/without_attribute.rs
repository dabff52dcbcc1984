//! Makes a download without the attribute, in a handler that builds a `Download` and answers the request with it.
//!
//! Run it: `cargo run --example without_attribute`
//! Get it: `curl -OJ http://127.0.0.1:8000/quotes/2`

use axum::{
    Router,
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use downloadview::{Download, DownloadRequest};

const QUOTES: [&str; 3] = ["Cogito, ergo sum.", "Eppur si muove.", "Панта рей."];

async fn quote(request: DownloadRequest, Path(number): Path<usize>) -> Response {
    let Some(quote) = QUOTES.get(number) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    Download::new(*quote)
        .basename(format!("quote-{number}.txt"))
        .attachment()
        .cache_control("max-age=3600")
        .on_finish(|outcome| println!("{outcome:?}"))
        .respond(&request)
        .await
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let app = Router::new().route("/quotes/{number}", get(quote));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
    axum::serve(listener, app).await
}
