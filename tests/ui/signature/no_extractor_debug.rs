// With `debug_handler` below, axum shows the argument that is no extractor.
use axum::debug_handler;
use downloadview::download_view;

#[download_view]
#[debug_handler]
async fn invoice(number: u32) -> String {
    format!("{number}\n")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(invoice);
}
