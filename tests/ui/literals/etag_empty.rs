// Without an `etag`, content in memory gets one that is computed.
use downloadview::download_view;

#[download_view(etag = "")]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
