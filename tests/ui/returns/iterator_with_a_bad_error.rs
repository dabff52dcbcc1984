// An error aborts the download and is logged, so its type has to be an error.
use downloadview::download_view;

#[download_view(basename = "ids.txt")]
fn ids() -> impl Iterator<Item = Result<String, u32>> {
    (1..=1000).map(|id| if id < 500 { Ok(format!("{id}\n")) } else { Err(id) })
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(ids);
}
