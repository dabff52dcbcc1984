// A constant in a value that is refused is used all the same: no warning comes on top.
use axum::http::header::CONTENT_LANGUAGE;
use downloadview::download_view;

#[download_view(header(CONTENT_LANGUAGE, "en"), content_disposition = DISPOSITION)]
async fn people() -> &'static str {
    "id,name\n"
}
const DISPOSITION: &str = "attachment";

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
