use axum::extract::Path;
use downloadview::download_view;

#[download_view(basename = "{number}")]
async fn invoice(Path(number): Path<u32>) -> String {
    format!("{number}\n")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(invoice);
}
