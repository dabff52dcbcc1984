// The field is written from `basename` and `attachment`, so that any name is safe in it.
use downloadview::download_view;

#[download_view(content_disposition = "attachment; filename=people.csv")]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
