use downloadview::download_view;
use tokio::task::{JoinError, spawn_blocking};
#[download_view]
async fn people() -> Result<String, JoinError> {
    spawn_blocking(|| "id,name\n".repeat(1000)).await
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
