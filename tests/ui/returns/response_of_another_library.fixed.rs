use downloadview::download_view;
use axum::{body::Body, http};
#[download_view(attachment)]
async fn people() -> http::Response<Body> {
    let response = http::Response::new("id,name\n".to_owned()); // from reqwest
    http::Response::from(response).map(Body::new)
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
