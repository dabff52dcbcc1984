use axum::{extract::Path, http::Uri};
use downloadview::download_view;

#[download_view(basename = "people.csv")]
async fn people(_: Uri, Path(_): Path<u32>) -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
