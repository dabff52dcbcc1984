// `serve` extracts the view from the request, so the struct has to implement `FromRequestParts`.
use axum::{Router, routing::get};
use downloadview::{DownloadView, serve};
#[derive(DownloadView)]
pub struct People {
    #[download_view(content)]
    rows: &'static str,
}
pub fn app() -> Router {
    Router::new().route("/people", get(serve::<People>))
}

fn main() {}
