use axum::{Router, http::Uri, routing::post};
use downloadview::download_view;

#[download_view]
async fn echo(uri: Uri, body: String) -> String {
    format!("{uri}\n{body}")
}

pub fn app() -> Router {
    Router::new().route("/", post(echo))
}

fn main() {}
