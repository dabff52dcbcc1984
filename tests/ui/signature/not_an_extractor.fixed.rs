use axum::{Router, extract::Path, routing::get};
use downloadview::download_view;

#[download_view]
async fn invoice(Path(number): Path<u32>) -> String {
    number.to_string()
}
pub fn app() -> Router {
    Router::new().route("/{number}", get(invoice))
}

fn main() {}
