// Every argument is an extractor; axum says so where the view becomes a route.
use axum::{Router, routing::get};
use downloadview::download_view;

#[download_view]
async fn invoice(number: u32) -> String {
    format!("{number}\n")
}

pub fn app() -> Router {
    Router::new().route("/{number}", get(invoice))
}

fn main() {}
