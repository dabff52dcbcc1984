use axum::http::StatusCode;
use downloadview::download_view;

fn tag() -> Result<String, StatusCode> {
    Err(StatusCode::GONE)
}
#[download_view(etag = tag())]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
