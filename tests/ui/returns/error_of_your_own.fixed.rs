use axum::{http::StatusCode, response::{IntoResponse, Response}};
use downloadview::download_view;

pub struct Missing;
impl IntoResponse for Missing {
    fn into_response(self) -> Response {
        StatusCode::NOT_FOUND.into_response()
    }
}
#[download_view(basename = "people.csv")]
async fn people() -> Result<String, Missing> { Err(Missing) }

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
