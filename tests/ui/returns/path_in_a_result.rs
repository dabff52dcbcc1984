// A path is not a file. `Content::from_path` opens the file, and takes the name and the type from the path.
use std::{io, path::PathBuf};
use downloadview::download_view;
#[download_view(attachment)]
async fn people() -> io::Result<PathBuf> {
    std::fs::canonicalize("people.csv")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
