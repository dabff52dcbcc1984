// Only names can be used in the braces. Any other expression is an argument of `format!`.
use axum::http::Uri;
use downloadview::download_view;

#[download_view(basename = "{uri.path()}.txt")]
async fn echo(uri: Uri) -> String {
    uri.to_string()
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(echo);
}
