use axum::extract::Path;
use downloadview::download_view;
use std::time::{Duration, UNIX_EPOCH};

#[download_view(last_modified = UNIX_EPOCH + Duration::from_secs(*changed))]
async fn people(Path(changed): Path<u64>) -> String {
    format!("{changed}\n")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
