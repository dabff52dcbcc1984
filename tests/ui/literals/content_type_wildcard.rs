// `text/*` is a pattern of types. A file has one type.
use downloadview::download_view;

#[download_view(content_type = "text/*")]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
