// The name of a file cannot contain a line break.
use downloadview::download_view;

#[download_view(basename = "people\n.csv")]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
