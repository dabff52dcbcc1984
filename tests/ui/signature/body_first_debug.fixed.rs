use axum::{debug_handler, http::Uri};
use downloadview::download_view;

#[download_view]
#[debug_handler]
pub async fn echo(uri: Uri, body: String) -> String {
    format!("{uri}\n{body}")
}

fn main() {}
