// The type of an argument is missing.
use axum::extract::Path;
use downloadview::download_view;

#[download_view(basename = "people.csv")]
async fn people(Path(_): ) -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
