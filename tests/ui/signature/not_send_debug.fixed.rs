use axum::debug_handler;
use downloadview::download_view;

#[download_view]
#[debug_handler]
pub async fn people() -> String {
    let name = std::sync::Arc::new("id,name\n");
    std::future::ready(()).await;
    name.to_string()
}

fn main() {}
