use downloadview::download_view;

type Count = std::io::Result<String>;

#[download_view(basename = "count.txt")]
async fn count() -> Count {
    Ok(2.to_string())
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(count);
}
