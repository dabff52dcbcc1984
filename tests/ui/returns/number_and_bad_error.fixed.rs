use downloadview::download_view;

#[download_view]
async fn count() -> Result<String, axum::http::StatusCode> {
    Ok(2.to_string())
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(count);
}
