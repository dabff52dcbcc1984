use axum::Extension;
use downloadview::download_view;
#[derive(Clone)]
struct Invoice { id: u32 }
#[download_view(basename = format!("invoice-{}.csv", invoice.id))]
async fn invoice(Extension(invoice): Extension<Invoice>) -> String {
    format!("{}\n", invoice.id)
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(invoice);
}
