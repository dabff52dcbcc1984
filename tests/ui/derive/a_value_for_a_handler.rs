// A view is not a handler by itself. `into_handler` converts it.
use downloadview::DownloadView;
use axum::{Router, routing::get};
#[derive(Clone, DownloadView)]
pub struct Page(#[download_view(content)] &'static str);
pub fn app() -> Router {
    Router::new().route("/", get(Page("Be nice.")))
}

fn main() {}
