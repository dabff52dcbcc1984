use downloadview::download_view;
use std::sync::Arc;

#[download_view(basename = "people.csv")]
async fn people() -> Arc<str> {
    Arc::from("id,name\n")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
