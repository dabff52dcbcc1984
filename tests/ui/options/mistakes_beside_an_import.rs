// A constant in a value with a mistake counts as used, so the compiler does not warn about its import.
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
