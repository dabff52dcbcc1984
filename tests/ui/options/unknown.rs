// There is no such option. A layer of `tower_http` compresses the responses of any view.
use downloadview::download_view;

#[download_view(compression = "gzip")]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
