// A returned value has a size that is known at compile time, such as a box.
use std::{fs::File, io::Read};
use downloadview::download_view;

#[download_view(basename = "people.csv")]
async fn people() -> dyn Read {
    File::open("people.csv").unwrap()
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
