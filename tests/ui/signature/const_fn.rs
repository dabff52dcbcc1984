// A view runs when a request comes.
use downloadview::download_view;

#[download_view]
const fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
