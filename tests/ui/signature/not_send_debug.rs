// A view may be moved to another thread wherever it waits; with `debug_handler` below, axum says so as well as we do.
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
