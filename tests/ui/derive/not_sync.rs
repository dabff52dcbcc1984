// `into_handler` shares the view between requests.
use axum::{Router, routing::get};
use downloadview::DownloadView;
use std::cell::Cell;
#[derive(Clone, DownloadView)]
pub struct People(#[download_view(content)] &'static str, Cell<u32>);
pub fn app() -> Router {
    let people = People("id,name\n", Cell::new(0));
    Router::new().route("/people", get(people.into_handler()))
}

fn main() {}
