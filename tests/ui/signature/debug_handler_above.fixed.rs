use axum::debug_handler;
use downloadview::download_view;

#[download_view]
#[debug_handler]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
