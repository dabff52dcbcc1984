// Two mistakes in one type are reported at once.
use downloadview::download_view;

pub struct Missing;

#[download_view]
async fn count() -> Result<u32, Missing> {
    Ok(2)
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(count);
}
