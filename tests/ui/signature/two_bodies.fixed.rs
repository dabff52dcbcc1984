use axum::{Json, Router, routing::post};
use downloadview::download_view;
#[download_view]
async fn echo(Json((text, number)): Json<(String, u32)>) -> String {
    format!("{text} {number}")
}
pub fn app() -> Router {
    Router::new().route("/", post(echo))
}

fn main() {}
