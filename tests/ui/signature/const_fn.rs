// A view runs for each request, so it cannot be `const`.
use downloadview::download_view;

#[download_view]
const fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
