use downloadview::download_view;
use std::{fs::File, io};

#[download_view(basename = "people.csv")]
fn people() -> io::Result<File> {
    File::open("exports/people.csv")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
