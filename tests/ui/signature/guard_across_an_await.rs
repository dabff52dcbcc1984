// A view can move to another thread at an `.await`, so it cannot hold a lock there.
use axum::{Router, extract::State, routing::get};
use downloadview::download_view;
use std::sync::{Arc, Mutex};
#[download_view]
async fn visitors(State(count): State<Arc<Mutex<u64>>>) -> String {
    let count = count.lock().unwrap();
    std::future::ready(()).await;
    count.to_string()
}
pub fn app(count: Arc<Mutex<u64>>) -> Router {
    Router::new().route("/", get(visitors)).with_state(count)
}

fn main() {}
