use downloadview::download_view;
#[download_view]
pub async fn echo(axum::extract::Path(name): axum::extract::Path<String>) -> String {
    name
}

fn main() {}
