// `Self` exists only in an `impl` block.
use downloadview::download_view;

#[download_view(basename = "people.csv")]
async fn people() -> Self {
    "id,name\n".to_owned()
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
