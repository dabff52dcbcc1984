// A `Result` is the value itself; its `Err` is answered or logged like one that the function returns.
use axum::extract::Path;
use downloadview::download_view;

#[download_view(etag = std::fs::read_to_string(name)?)]
async fn echo(Path(name): Path<String>) -> String {
    name
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(echo);
}
