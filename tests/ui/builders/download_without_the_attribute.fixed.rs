use axum::{Router, routing::get};
use downloadview::{Download, download_view};
#[download_view]
async fn people() -> Download {
    Download::from_text("id,name\n").attachment()
}
pub fn app() -> Router {
    Router::new().route("/people", get(people))
}

fn main() {}
