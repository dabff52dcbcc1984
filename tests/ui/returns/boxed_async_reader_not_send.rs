// A boxed reader moves between threads, so its trait object is `Send`.
use downloadview::download_view;
use tokio::io::{AsyncRead, empty};
#[download_view(basename = "people.csv")]
async fn people() -> Box<dyn AsyncRead> {
    Box::new(empty())
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
