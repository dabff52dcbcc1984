use axum::{Router, routing::get};
use downloadview::{DownloadView};
#[derive(Clone, DownloadView)]
pub struct People {
    #[download_view(content)]
    rows: &'static str,
}
pub fn app() -> Router {
    Router::new().route("/people", get(People { rows: "id,name\n" }.into_handler()))
}

fn main() {}
