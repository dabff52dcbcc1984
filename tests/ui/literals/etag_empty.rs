// An entity tag cannot be empty. Without the option, content in memory gets a computed tag.
use downloadview::download_view;

#[download_view(etag = "")]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
