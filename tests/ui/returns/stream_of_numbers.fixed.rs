use downloadview::download_view;
use futures::stream::{self, Stream};

#[download_view(basename = "ids.txt")]
async fn ids() -> impl Stream<Item = String> {
    stream::iter((1..=1000).map(|id| format!("{id}\n")))
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(ids);
}
