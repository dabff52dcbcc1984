// A type behind an alias is checked too.
use downloadview::download_view;

type Count = std::io::Result<u32>;

#[download_view(basename = "count.txt")]
async fn count() -> Count {
    Ok(2)
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(count);
}
