// The items of a download are text or bytes, or a `Result` of them.
use downloadview::download_view;
use std::io;

#[download_view(basename = "ids.txt")]
fn ids() -> impl Iterator<Item = io::Result<u32>> {
    (1..=1000).map(Ok)
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(ids);
}
