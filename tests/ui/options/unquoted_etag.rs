// A weak entity tag contains quotes, which are escaped inside the text.
use downloadview::download_view;

#[download_view(etag = W/"v1")]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
