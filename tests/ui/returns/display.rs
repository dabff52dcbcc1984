// A value that implements `Display` is converted to text.
use downloadview::download_view;

#[download_view(basename = "count.txt")]
async fn count() -> impl std::fmt::Display {
    2
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(count);
}
