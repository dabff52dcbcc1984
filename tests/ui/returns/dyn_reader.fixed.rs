use std::{fs::File, io::Read};
use downloadview::download_view;

#[download_view(basename = "people.csv")]
async fn people() -> impl Read {
    File::open("people.csv").unwrap()
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
