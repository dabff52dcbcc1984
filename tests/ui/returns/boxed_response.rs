// `IntoResponse` cannot be a trait object. `Response` holds any response.
use axum::response::IntoResponse;
use downloadview::download_view;

#[download_view(basename = "people.csv")]
async fn people() -> Box<dyn IntoResponse> {
    Box::new("id,name\n")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
