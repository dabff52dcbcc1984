// axum answers the error `()` with 200 and no content, so a view cannot return it.
use downloadview::download_view;

#[download_view(basename = "people.csv")]
async fn people() -> Result<String, ()> {
    Err(())
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
