// An option takes a `Result`. Its `Err` is answered like an `Err` that the function returns.
use axum::extract::Path;
use downloadview::download_view;

#[download_view(etag = std::fs::read_to_string(name)?)]
async fn echo(Path(name): Path<String>) -> String {
    name
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(echo);
}
