// A function that returns a future is written as an `async fn`.
use downloadview::download_view;
use futures::future::{BoxFuture, FutureExt};

#[download_view(basename = "people.csv")]
fn people() -> BoxFuture<'static, &'static str> {
    async { "id,name\n" }.boxed()
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
