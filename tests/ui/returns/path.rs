// A path is not a file. `Content::from_path` opens the file.
use downloadview::download_view;
use std::path::PathBuf;

#[download_view(basename = "people.csv")]
fn people() -> PathBuf {
    PathBuf::from("people.csv")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
