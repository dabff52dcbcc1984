// A template names its arguments. It has no positions.
use axum::extract::Path;
use downloadview::download_view;

#[download_view(basename = "invoice-{}.csv")]
async fn invoice(Path(number): Path<u32>) -> String {
    format!("{number}\n")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(invoice);
}
