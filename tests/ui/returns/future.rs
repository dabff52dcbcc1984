// A function that returns a future is written as an `async fn`.
use downloadview::download_view;
use std::future::{Future, ready};

#[download_view(basename = "people.csv")]
fn people() -> impl Future<Output = &'static str> {
    ready("id,name\n")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
