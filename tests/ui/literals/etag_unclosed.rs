// An entity tag may be written with quotes or without, but not with one.
use downloadview::download_view;

#[download_view(etag = "\"v1")]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
