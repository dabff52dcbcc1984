// axum cannot keep the promises that an `unsafe fn` asks for.
use downloadview::download_view;

#[download_view]
unsafe fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
