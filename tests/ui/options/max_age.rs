// The time that caches may keep a copy is a directive of `cache_control`.
use axum::extract::Path;
use downloadview::download_view;
#[download_view(max_age = 60)]
pub async fn invoice(Path(id): Path<u32>) -> String {
    format!("Invoice {id}")
}

fn main() {}
