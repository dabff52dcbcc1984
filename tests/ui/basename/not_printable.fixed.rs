use axum::http::HeaderMap;
use downloadview::download_view;

#[download_view(basename = format!("{}-fields.txt", headers.len()))]
async fn echo(headers: HeaderMap) -> String {
    format!("{headers:?}")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(echo);
}
