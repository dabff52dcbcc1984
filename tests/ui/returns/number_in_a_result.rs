// Only the part at fault is underlined.
use downloadview::download_view;

#[download_view(basename = "count.txt")]
async fn count() -> Result<Option<u32>, axum::http::StatusCode> {
    Ok(Some(2))
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(count);
}
