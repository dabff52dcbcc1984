use downloadview::download_view;
use std::error::Error;

#[download_view(basename = "people.csv")]
async fn people() -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
    Ok(std::fs::read("people.csv")?)
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
