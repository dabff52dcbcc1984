use axum::extract::Path;
use downloadview::download_view;
#[download_view(cache_control = "max-age=60")]
pub async fn invoice(Path(id): Path<u32>) -> String {
    format!("Invoice {id}")
}

fn main() {}
