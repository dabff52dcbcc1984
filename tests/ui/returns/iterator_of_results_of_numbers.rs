// The pieces of a file are text or bytes, each of which may also be an error.
use downloadview::download_view;
use std::io;

#[download_view(basename = "ids.txt")]
fn ids() -> impl Iterator<Item = io::Result<u32>> {
    (1..=1000).map(Ok)
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(ids);
}
