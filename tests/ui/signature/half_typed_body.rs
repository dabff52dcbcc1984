// A body that is incomplete causes no other error.
use axum::extract::Path;
use downloadview::download_view;

#[download_view(basename = "invoice-{number}.csv", attachment)]
async fn invoice(Path(number): Path<u32>) -> String {
    let _ = number.;
    number.to_string()
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(invoice);
}
