// `Content-Disposition` is built from `basename` and `attachment`, which makes any name safe.
use downloadview::download_view;

#[download_view(content_disposition = "attachment; filename=people.csv")]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
