// axum calls a view, so it has the ABI of Rust.
use downloadview::download_view;

#[download_view]
extern "C" fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
