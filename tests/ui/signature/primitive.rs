// Every argument is an extractor: it says where in the request the value is.
use downloadview::download_view;

#[download_view]
async fn invoice(number: u32) -> String {
    format!("{number}\n")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(invoice);
}
