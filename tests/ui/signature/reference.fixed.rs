use axum::extract::Path;
use downloadview::download_view;

#[download_view]
async fn echo(Path(name): Path<String>) -> String {
    name
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(echo);
}
