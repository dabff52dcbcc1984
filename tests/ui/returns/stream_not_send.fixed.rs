use downloadview::download_view;
use futures::stream::BoxStream;

#[download_view(basename = "people.csv")]
async fn people() -> BoxStream<'static, String> {
    Box::pin(futures::stream::iter(["id,name\n".to_owned()]))
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
