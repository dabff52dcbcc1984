// A field that has an option cannot be set with `header`.
use downloadview::download_view;

#[download_view(header("Content-Type", "text/csv"))]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
