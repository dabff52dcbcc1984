// A `Download` becomes a response when the request is known: `#[download_view]` sees to that, or `respond`.
use axum::{Router, routing::get};
use downloadview::Download;

async fn people() -> Download {
    Download::from_text("id,name\n").attachment()
}
pub fn app() -> Router {
    Router::new().route("/people", get(people))
}

fn main() {}
