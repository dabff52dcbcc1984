use axum::{Router, routing::get};
use downloadview::download_view;
pub fn app() -> Router {
    #[download_view]
    async fn hello() -> &'static str {
        "Hello!"
    }
    Router::new().route("/", get(hello))
}

fn main() {}
