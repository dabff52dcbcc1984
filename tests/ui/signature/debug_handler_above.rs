// What stands below sees the finished handler; `debug_handler` above sees a function without its content.
use axum::debug_handler;
use downloadview::download_view;

#[debug_handler]
#[download_view]
fn people() -> impl Iterator<Item = String> {
    (1..=1000).map(|id| format!("{id}\n"))
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
