// Every argument is an extractor, which names the part of the request that the value comes from.
use downloadview::download_view;

#[download_view]
async fn invoice(number: u32) -> String {
    format!("{number}\n")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(invoice);
}
