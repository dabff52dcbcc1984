// The entries of a directory are not text. The view decides how each is written.
use std::{fs::{ReadDir, read_dir}, io};
use downloadview::download_view;
#[download_view(basename = "list.txt")]
fn list() -> io::Result<ReadDir> {
    read_dir("reports")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(list);
}
