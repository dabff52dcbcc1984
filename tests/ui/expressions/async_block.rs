// An `async` block has a value once it is awaited.
use axum::extract::Path;
use downloadview::download_view;
#[download_view(etag = async { "v1" })]
pub async fn invoice(Path(id): Path<u32>) -> String {
    format!("Invoice {id}")
}

fn main() {}
