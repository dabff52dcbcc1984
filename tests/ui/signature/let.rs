// A view is a function, not a closure in a variable.
use axum::{Router, routing::get};
use downloadview::download_view;
pub fn app() -> Router {
    #[download_view]
    let hello = async || "Hello!";
    Router::new().route("/", get(hello))
}

fn main() {}
