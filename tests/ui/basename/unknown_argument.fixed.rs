use axum::extract::Path;
use downloadview::download_view;

#[download_view(basename = "invoice-{customer}.csv")]
async fn invoice(Path((customer, number)): Path<(String, u32)>) -> String {
    format!("{customer},{number}\n")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(invoice);
}
