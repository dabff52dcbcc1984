// `crate = …` says where the library is: a path that can be used from here.
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
