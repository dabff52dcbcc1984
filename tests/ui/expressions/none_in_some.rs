// An option that is always `None` says nothing, however it is wrapped.
use axum::extract::Path;
use downloadview::download_view;
#[download_view(attachment, etag = Some(None))]
pub async fn invoice(Path(id): Path<u32>) -> String {
    format!("Invoice {id}")
}

fn main() {}
