// A boxed error moves between threads, so it is `Send` and `Sync`.
use downloadview::download_view;
use std::error::Error;

#[download_view(basename = "people.csv")]
async fn people() -> Result<Vec<u8>, Box<dyn Error>> {
    Ok(std::fs::read("people.csv")?)
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
