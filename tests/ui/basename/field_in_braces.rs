// Only names can be used in the braces, as in `format!`. The field of an argument is an argument of `format!`.
use axum::Extension;
use downloadview::download_view;
#[derive(Clone)]
struct Invoice { id: u32 }
#[download_view(basename = "invoice-{invoice.id}.csv")]
async fn invoice(Extension(invoice): Extension<Invoice>) -> String {
    format!("{}\n", invoice.id)
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(invoice);
}
