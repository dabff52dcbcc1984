use std::{io, path::Path as FilePath};
use axum::{Router, extract::{Path, State}, routing::get};
use downloadview::{Content, download_view};

#[download_view(attachment, cache_control = "private, no-cache")]
async fn upload(State(folder): State<&'static str>, Path(name): Path<String>) -> io::Result<Option<Content>> {
    if FilePath::new(&name).file_name() != Some(name.as_ref()) {
        return Ok(None); // a path such as `../secret`
    }
    match Content::from_path(FilePath::new(folder).join(name)).await {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        content => content.map(Some),
    }
}

pub fn app(folder: &'static str) -> Router {
    Router::new().route("/uploads/{name}", get(upload)).with_state(folder)
}
