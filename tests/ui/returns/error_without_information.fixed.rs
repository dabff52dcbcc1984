use downloadview::download_view;

#[download_view(basename = "people.csv")]
async fn people() -> Result<String, axum::http::StatusCode> {
    Err(axum::http::StatusCode::NOT_FOUND)
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
