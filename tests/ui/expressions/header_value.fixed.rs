use axum::http::Uri;
use downloadview::download_view;

#[download_view(header("X-Path", uri.path()))]
async fn echo(uri: Uri) -> String {
    uri.to_string()
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(echo);
}
