// The name of a field is a literal, so that it can be checked.
use axum::http::header::CONTENT_LANGUAGE;
use downloadview::download_view;

#[download_view(header(CONTENT_LANGUAGE, "en"))]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
