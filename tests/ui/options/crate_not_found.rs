// `crate = …` is the path of the library, as seen from this module.
use axum::{Router, extract::Path, routing::get};
use downloadview::download_view;
#[download_view(crate = library, attachment, etag = name.as_str())]
async fn hello(Path(name): Path<String>) -> String {
    name
}
pub fn app() -> Router {
    Router::new().route("/{name}", get(hello))
}

fn main() {}
