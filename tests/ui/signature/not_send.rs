// A view can move to another thread at an `.await`, and an `Rc` cannot.
use axum::{Router, routing::get};
use downloadview::download_view;

#[download_view]
async fn people() -> String {
    let name = std::rc::Rc::new("id,name\n");
    std::future::ready(()).await;
    name.to_string()
}
pub fn app() -> Router {
    Router::new().route("/people", get(people))
}

fn main() {}
