// An option that is `None` on every path has no effect.
use axum::extract::Path;
use downloadview::download_view;
#[download_view(etag = if *id > 0 { None } else { None })]
pub async fn invoice(Path(id): Path<u32>) -> String {
    format!("Invoice {id}")
}

fn main() {}
