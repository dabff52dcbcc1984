use downloadview::download_view;

#[download_view(basename = "ids.txt")]
async fn ids() -> impl Iterator<Item = String> {
    vec![1, 2, 3].into_iter().map(|id| format!("{id}\n"))
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(ids);
}
