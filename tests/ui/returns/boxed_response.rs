// A box cannot hold any response: `Response` can.
use axum::response::IntoResponse;
use downloadview::download_view;

#[download_view(basename = "people.csv")]
async fn people() -> Box<dyn IntoResponse> {
    Box::new("id,name\n")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
