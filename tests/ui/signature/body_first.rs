// The extractor that takes the body is the last one.
use axum::{Router, http::Uri, routing::post};
use downloadview::download_view;

#[download_view]
async fn echo(body: String, uri: Uri) -> String {
    format!("{uri}\n{body}")
}

pub fn app() -> Router {
    Router::new().route("/", post(echo))
}

fn main() {}
