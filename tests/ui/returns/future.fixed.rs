use downloadview::download_view;
use std::future::ready;

#[download_view(basename = "people.csv")]
async fn people() -> &'static str {
    ready("id,name\n").await
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
