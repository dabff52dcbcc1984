use std::{fs::read_dir, io};
use downloadview::download_view;
#[download_view(basename = "list.txt")]
fn list() -> io::Result<impl Iterator<Item = io::Result<String>>> {
    let entries = read_dir("reports")?;
    Ok(entries.map(|entry| Ok(format!("{}\n", entry?.path().display()))))
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(list);
}
