// Caches ignore a directive that they do not know.
use downloadview::download_view;

#[download_view(cache_control = "private, no-chache")]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
