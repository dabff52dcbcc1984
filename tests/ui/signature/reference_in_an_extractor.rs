// An extractor holds an owned value, because the request is dropped before the download ends.
use axum::extract::Path;
use downloadview::download_view;
#[download_view(basename = "hello.txt")]
async fn hello(Path(name): Path<&str>) -> String {
    format!("Hello {name}!\n")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(hello);
}
