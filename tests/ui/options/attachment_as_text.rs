// `attachment` is a `bool`. The name of the file is its `basename`.
use downloadview::download_view;

#[download_view(attachment = "people.csv")]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
