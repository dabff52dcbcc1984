// The charset is set in one place.
use downloadview::download_view;

#[download_view(content_type = "text/csv; charset=utf-8", charset = "utf-8")]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
