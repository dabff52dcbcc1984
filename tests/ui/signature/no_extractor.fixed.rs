use axum::{Router, extract::Path, routing::get};
use downloadview::download_view;

#[download_view]
async fn invoice(Path(number): Path<u32>) -> String {
    format!("{number}\n")
}

pub fn app() -> Router {
    Router::new().route("/{number}", get(invoice))
}

fn main() {}
