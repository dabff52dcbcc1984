// A size cannot be negative.
use downloadview::download_view;

#[download_view(size = -1)]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
