// The name of a header field is a literal, so that it can be checked at compile time.
use axum::http::header::CONTENT_LANGUAGE;
use downloadview::download_view;

#[download_view(header(CONTENT_LANGUAGE, "en"))]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
