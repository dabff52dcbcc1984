// An option that is always `None` has no effect, even inside of `Some`.
use axum::extract::Path;
use downloadview::download_view;
#[download_view(attachment, etag = Some(None))]
pub async fn invoice(Path(id): Path<u32>) -> String {
    format!("Invoice {id}")
}

fn main() {}
