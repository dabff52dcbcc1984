// A template names its arguments. Only `format!` takes them after the text.
use axum::extract::Path;
use downloadview::download_view;
#[download_view(basename = "{}.csv", id)]
pub async fn invoice(Path(id): Path<u32>) -> String {
    format!("Invoice {id}")
}

fn main() {}
