// Options see the arguments by reference. The function gets the arguments afterwards.
use axum::extract::Path;
use downloadview::download_view;

#[download_view(etag = String::from_utf8(name.into_bytes()).unwrap())]
async fn echo(Path(name): Path<String>) -> String {
    name
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(echo);
}
