// The numbers of a list are written as text, or the list is sent as JSON.
use downloadview::download_view;

#[download_view(basename = "ids.txt")]
async fn ids() -> Vec<u32> {
    vec![1, 2, 3]
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(ids);
}
