// A number is converted to text.
use downloadview::download_view;

#[download_view(basename = "count.txt")]
async fn count() -> u32 {
    2
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(count);
}
