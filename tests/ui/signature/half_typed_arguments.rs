// An argument is missing.
use axum::extract::Path;
use downloadview::download_view;

#[download_view(basename = "people.csv")]
async fn people(, Path(_): Path<u32>) -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
