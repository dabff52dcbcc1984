// An entity tag contains no space.
use downloadview::download_view;

#[download_view(etag = "version 1")]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
