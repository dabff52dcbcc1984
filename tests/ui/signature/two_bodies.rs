// A request has one body, which only one extractor can take.
use axum::{Json, Router, routing::post};
use downloadview::download_view;
#[download_view]
async fn echo(text: String, Json(number): Json<u32>) -> String {
    format!("{text} {number}")
}
pub fn app() -> Router {
    Router::new().route("/", post(echo))
}

fn main() {}
