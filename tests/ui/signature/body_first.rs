// The extractor of the request body is the last argument.
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
