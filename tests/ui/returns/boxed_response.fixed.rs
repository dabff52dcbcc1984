use axum::response::{IntoResponse, Response};
use downloadview::download_view;

#[download_view(basename = "people.csv")]
async fn people() -> Response {
    "id,name\n".into_response()
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
