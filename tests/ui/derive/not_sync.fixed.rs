use axum::{Router, routing::get};
use downloadview::DownloadView;
use std::sync::Arc;
#[derive(Clone, DownloadView)]
pub struct People(#[download_view(content)] &'static str, Arc<u32>);
pub fn app() -> Router {
    let people = People("id,name\n", Arc::new(0));
    Router::new().route("/people", get(people.into_handler()))
}

fn main() {}
