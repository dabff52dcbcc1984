// A value in a basename has to implement `Display`.
use axum::http::HeaderMap;
use downloadview::download_view;

#[download_view(basename = "{headers}.txt")]
async fn echo(headers: HeaderMap) -> String {
    format!("{headers:?}")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(echo);
}
