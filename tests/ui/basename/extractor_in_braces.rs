// An extractor cannot be printed. The pattern `Path(number)` names the value in it.
use axum::extract::Path;
use downloadview::download_view;
#[download_view(basename = "invoice-{number}.csv")]
async fn invoice(number: Path<u32>) -> String {
    format!("{}\n", number.0)
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(invoice);
}
