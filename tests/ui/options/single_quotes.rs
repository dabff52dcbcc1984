// A character in single quotes is not text.
use downloadview::download_view;

#[download_view(etag = 'v')]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
