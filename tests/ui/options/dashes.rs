// Names of options have `_` where header fields have `-`.
use downloadview::download_view;

#[download_view(content-type = "text/csv")]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
