// An option is a value. Only `on_finish` takes a closure.
use axum::extract::Path;
use downloadview::download_view;
#[download_view(etag = || "v1")]
pub async fn invoice(Path(id): Path<u32>) -> String {
    format!("Invoice {id}")
}

fn main() {}
