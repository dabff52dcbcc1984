// A `Download` becomes a response with the request. `#[download_view]` or `respond` does this.
use axum::{Router, routing::get};
use downloadview::Download;

async fn people() -> Download {
    Download::from_text("id,name\n").attachment()
}
pub fn app() -> Router {
    Router::new().route("/people", get(people))
}

fn main() {}
