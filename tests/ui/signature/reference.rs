// A request is gone before its file is: what is extracted from it is owned.
use downloadview::download_view;

#[download_view]
async fn echo(name: &str) -> String {
    name.to_owned()
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(echo);
}
