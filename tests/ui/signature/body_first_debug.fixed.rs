use axum::{debug_handler, extract::Request, http::Uri};
use downloadview::download_view;

#[download_view]
#[debug_handler]
pub async fn echo(uri: Uri, body: Request) -> String {
    format!("{uri}\n{}", body.uri())
}

fn main() {}
