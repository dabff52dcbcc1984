// With `debug_handler` below, axum shows which argument is not an extractor.
use axum::debug_handler;
use downloadview::download_view;

pub struct Number(u32);
#[download_view]
#[debug_handler]
pub async fn invoice(number: Number) -> String {
    number.0.to_string()
}

fn main() {}
