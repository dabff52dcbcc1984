// A body that is still being typed is the only thing at fault.
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
