// With `debug_handler` below, axum shows the extractor that should be the last.
use axum::{debug_handler, http::Uri};
use downloadview::download_view;

#[download_view]
#[debug_handler]
pub async fn echo(body: String, uri: Uri) -> String {
    format!("{uri}\n{body}")
}

fn main() {}
