// A weak tag has quotes of its own, inside those of the literal.
use downloadview::download_view;

#[download_view(etag = W/"v1")]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
