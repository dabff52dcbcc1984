// A download outlives its view, so it cannot borrow from a local variable.
use axum::extract::Path;
use downloadview::download_view;

#[download_view(basename = "echo.txt")]
async fn echo(Path(name): Path<String>) -> &'static str {
    name.trim()
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(echo);
}
