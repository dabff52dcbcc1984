// The items of a download are text or bytes.
use downloadview::download_view;

#[download_view(basename = "ids.txt")]
fn ids() -> impl Iterator<Item = u32> {
    1..=1000
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(ids);
}
