// `crate = …` says where the library is: a path that can be used from here.
use downloadview::download_view;
#[download_view(crate = library, attachment, etag = name.as_str())]
pub async fn hello(axum::extract::Path(name): axum::extract::Path<String>) -> String {
    name
}

fn main() {}
