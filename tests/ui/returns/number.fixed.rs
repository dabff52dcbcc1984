use downloadview::download_view;

#[download_view(basename = "count.txt")]
async fn count() -> String {
    2.to_string()
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(count);
}
