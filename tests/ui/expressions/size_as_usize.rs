// Lengths in memory are `usize`, and sizes of files are `u64`.
use axum::extract::Path;
use downloadview::download_view;

#[download_view(size = name.len())]
async fn echo(Path(name): Path<String>) -> String {
    name
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(echo);
}
