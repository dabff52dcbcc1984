use axum::{debug_handler, extract::Path};
use downloadview::download_view;

#[download_view]
#[debug_handler]
pub async fn invoice(Path(number): Path<u32>) -> String {
    number.to_string()
}

fn main() {}
