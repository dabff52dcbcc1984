// A path is not the file that it leads to.
use downloadview::download_view;
use std::path::PathBuf;

#[download_view(basename = "people.csv")]
fn people() -> PathBuf {
    PathBuf::from("people.csv")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
