// Every argument is an extractor. axum reports the error where the view becomes a route.
use axum::{Router, routing::get};
use downloadview::download_view;

pub struct Number(u32);
#[download_view]
async fn invoice(number: Number) -> String {
    number.0.to_string()
}
pub fn app() -> Router {
    Router::new().route("/{number}", get(invoice))
}

fn main() {}
