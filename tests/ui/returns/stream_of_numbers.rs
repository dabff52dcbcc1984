// The items of a download are text or bytes.
use downloadview::download_view;
use futures::stream::{self, Stream};

#[download_view(basename = "ids.txt")]
async fn ids() -> impl Stream<Item = u32> {
    stream::iter(1..=1000)
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(ids);
}
