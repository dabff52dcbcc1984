// `Err(())` would be answered with 200 and an empty page.
use downloadview::download_view;

#[download_view(basename = "people.csv")]
async fn people() -> Result<String, ()> {
    Err(())
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
