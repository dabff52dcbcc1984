// An option is a value, from which nothing can be returned.
use downloadview::download_view;

#[download_view(etag = return "v1")]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
