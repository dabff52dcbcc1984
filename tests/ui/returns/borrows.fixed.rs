use axum::extract::Path;
use downloadview::download_view;

#[download_view(basename = "echo.txt")]
async fn echo(Path(name): Path<String>) -> String {
    name.trim().to_owned()
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(echo);
}
