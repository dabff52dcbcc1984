use downloadview::download_view;
use tokio::io::{AsyncRead, empty};
#[download_view(basename = "people.csv")]
async fn people() -> Box<dyn AsyncRead + Send> {
    Box::new(empty())
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
