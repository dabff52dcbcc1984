// The request is dropped before the download ends, so extractors are owned.
use downloadview::download_view;

#[download_view]
async fn echo(name: &str) -> String {
    name.to_owned()
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(echo);
}
