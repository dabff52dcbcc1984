// With `debug_handler` below, axum reports any extractor that has to be the last.
use axum::{debug_handler, extract::Request, http::Uri};
use downloadview::download_view;

#[download_view]
#[debug_handler]
pub async fn echo(body: Request, uri: Uri) -> String {
    format!("{uri}\n{}", body.uri())
}

fn main() {}
