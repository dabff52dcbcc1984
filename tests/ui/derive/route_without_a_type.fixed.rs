use axum::{Router, routing::get};
use downloadview::{DownloadView, serve};
#[derive(axum::extract::FromRequestParts, DownloadView)]
pub struct Hello {
    #[from_request(via(axum::extract::Path))]
    #[download_view(content)]
    text: String,
}
pub fn app() -> Router {
    Router::new().route("/", get(serve::<Hello>))
}

fn main() {}
