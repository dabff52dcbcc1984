// `#[debug_handler]` goes below `#[download_view]`. Above, it checks the function without the request that a view takes.
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
