use downloadview::download_view;
#[download_view(crate = downloadview, attachment, etag = name.as_str())]
pub async fn hello(axum::extract::Path(name): axum::extract::Path<String>) -> String {
    name
}

fn main() {}
