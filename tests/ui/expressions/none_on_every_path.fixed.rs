use axum::extract::Path;
use downloadview::download_view;
#[download_view(etag = if *id > 0 { Some("v1") } else { None })]
pub async fn invoice(Path(id): Path<u32>) -> String {
    format!("Invoice {id}")
}

fn main() {}
