// A template contains names. Any other expression is an argument of `format!`.
use axum::extract::Path;
use downloadview::download_view;
#[download_view(basename = "{}-{}.csv", id, id + 1, attachment)]
pub async fn invoice(Path(id): Path<u32>) -> String {
    format!("Invoice {id}")
}

fn main() {}
