use std::{error::Error, fs::read_to_string};
use downloadview::download_view;

#[download_view(basename = "people.csv")]
async fn people() -> Result<String, Box<dyn Error + Send + Sync>> {
    Ok(read_to_string("people.csv")?)
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
