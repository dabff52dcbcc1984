// What stands above sees a function without the request; below, it sees the finished handler.
use axum::debug_handler;
use downloadview::download_view;

#[debug_handler]
#[download_view]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
