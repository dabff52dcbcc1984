use axum::extract::Path;
use downloadview::download_view;
#[download_view(basename = format!("{}-{}.csv", id, id + 1), attachment)]
pub async fn invoice(Path(id): Path<u32>) -> String {
    format!("Invoice {id}")
}

fn main() {}
