use std::{collections::HashMap, io, path::PathBuf, sync::{Arc, Mutex}};
use axum::{Router, extract::{Path, State}, routing::get};
use downloadview::{Content, End, download_view};

pub type Links = Arc<Mutex<HashMap<String, PathBuf>>>;

#[download_view(
    attachment,
    ranges = false,
    cache_control = "no-store",
    on_finish = |outcome| if let End::Completed = outcome.end {
        links.lock().unwrap().remove(&token);
    },
)]
async fn once(State(links): State<Links>, Path(token): Path<String>) -> io::Result<Option<Content>> {
    let path = links.lock().unwrap().get(&token).cloned();
    match path {
        Some(path) => Content::from_path(path).await.map(Some),
        None => Ok(None),
    }
}

pub fn app(links: Links) -> Router {
    Router::new().route("/links/{token}", get(once)).with_state(links)
}
