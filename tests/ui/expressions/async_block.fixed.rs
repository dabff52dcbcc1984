use axum::extract::Path;
use downloadview::download_view;
#[download_view(etag = async { "v1" }.await)]
pub async fn invoice(Path(id): Path<u32>) -> String {
    format!("Invoice {id}")
}

fn main() {}
