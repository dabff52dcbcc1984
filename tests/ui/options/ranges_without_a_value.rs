// Ranges are turned off by `ranges = false`.
use downloadview::download_view;

#[download_view(ranges)]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
