// A task is a future. The view awaits it and returns its output.
use downloadview::download_view;
use tokio::task::{JoinHandle, spawn_blocking};
#[download_view]
async fn people() -> JoinHandle<String> {
    spawn_blocking(|| "id,name\n".repeat(1000))
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
