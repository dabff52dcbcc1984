// axum cannot keep the promises of an `unsafe fn`.
use downloadview::download_view;

#[download_view]
unsafe fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
