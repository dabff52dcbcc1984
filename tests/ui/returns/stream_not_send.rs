// A download moves between threads, and its stream with it.
use downloadview::download_view;
use futures::stream::LocalBoxStream;

#[download_view(basename = "people.csv")]
async fn people() -> LocalBoxStream<'static, String> {
    Box::pin(futures::stream::iter(["id,name\n".to_owned()]))
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
