// Ranges are turned off by a `bool`.
use downloadview::download_view;

#[download_view(ranges = "none")]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
