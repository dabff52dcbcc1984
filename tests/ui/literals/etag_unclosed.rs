// An entity tag is written with two quotes or without quotes.
use downloadview::download_view;

#[download_view(etag = "\"v1")]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
