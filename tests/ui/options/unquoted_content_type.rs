// A media type is text, which needs quotes.
use downloadview::download_view;

#[download_view(content_type = text/csv)]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
