// An option is a value, and a block that is async is one after its `.await`.
use axum::extract::Path;
use downloadview::download_view;
#[download_view(etag = async { "v1" })]
pub async fn invoice(Path(id): Path<u32>) -> String {
    format!("Invoice {id}")
}

fn main() {}
