// An error has a size that is known at compile time, such as a box.
use std::{error::Error, fs::read_to_string};
use downloadview::download_view;

#[download_view(basename = "people.csv")]
async fn people() -> Result<String, dyn Error> {
    Ok(read_to_string("people.csv")?)
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
