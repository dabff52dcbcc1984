// The route names the view that it serves.
use axum::{Router, routing::get};
use downloadview::serve;
pub fn app() -> Router {
    Router::new().route("/", get(serve))
}

fn main() {}
