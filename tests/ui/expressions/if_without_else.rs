// An `if` has a value only with its `else`. `None` leaves an option unset.
use axum::extract::Path;
use downloadview::download_view;
#[download_view(etag = if *id > 0 { "v1" })]
pub async fn invoice(Path(id): Path<u32>) -> String {
    format!("Invoice {id}")
}

fn main() {}
