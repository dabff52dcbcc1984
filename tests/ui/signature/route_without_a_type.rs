// The route of a generic view names its type.
use axum::{Router, extract::Extension, routing::get};
use downloadview::download_view;
#[download_view]
async fn show<T: ToString + Clone + Send + Sync + 'static>(value: Extension<T>) -> String {
    value.to_string()
}
pub fn app() -> Router {
    Router::new().route("/", get(show))
}

fn main() {}
