use downloadview::download_view;
use std::fmt;

#[download_view(basename = "ids.txt")]
fn ids() -> impl Iterator<Item = Result<String, fmt::Error>> {
    (1..=1000).map(|id| if id < 500 { Ok(format!("{id}\n")) } else { Err(fmt::Error) })
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(ids);
}
