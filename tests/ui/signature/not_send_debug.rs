// A view can move to another thread at an `.await`. With `debug_handler` below, axum reports this.
use axum::debug_handler;
use downloadview::download_view;

#[download_view]
#[debug_handler]
pub async fn people() -> String {
    let name = std::rc::Rc::new("id,name\n");
    std::future::ready(()).await;
    name.to_string()
}

fn main() {}
