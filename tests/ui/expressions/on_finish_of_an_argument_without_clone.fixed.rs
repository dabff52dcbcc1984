use axum::{extract::Request, http::Uri};
use downloadview::download_view;

#[download_view(on_finish = |_| println!("{uri}"))]
async fn echo(uri: Uri, request: Request) -> String {
    format!("{} {uri}", request.method())
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(echo);
}
