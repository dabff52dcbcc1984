// Only the part at fault is underlined.
use std::{fs::File, io::{Error, Read}};
use downloadview::download_view;

#[download_view(basename = "people.csv")]
async fn people() -> Result<dyn Read, Error> {
    File::open("people.csv")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
