use std::sync::Arc;
use axum::{Router, extract::State, http::StatusCode, routing::get};
use downloadview::{Download, download_view};
use tokio::sync::Semaphore;

#[download_view(basename = "dump.csv", attachment)]
async fn dump(State(downloads): State<Arc<Semaphore>>) -> Result<Download, StatusCode> {
    let permit = downloads.try_acquire_owned().map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    let rows = (1..=1_000_000).map(|id| format!("{id}\n"));
    Ok(Download::from_chunks(rows).on_finish(move |_| drop(permit)))
}

pub fn app(downloads: Arc<Semaphore>) -> Router {
    Router::new().route("/dump", get(dump)).with_state(downloads)
}
