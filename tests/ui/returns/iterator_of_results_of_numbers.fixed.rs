use downloadview::download_view;
use std::io;

#[download_view(basename = "ids.txt")]
fn ids() -> impl Iterator<Item = io::Result<String>> {
    (1..=1000).map(|id| Ok(format!("{id}\n")))
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(ids);
}
