// A view takes a fixed number of extractors.
use downloadview::download_view;

#[download_view]
async fn people(rows: ...) -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
