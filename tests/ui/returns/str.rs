// A function returns what has a size: text of its own, or a reference to it.
use downloadview::download_view;

#[download_view(basename = "people.csv")]
async fn people() -> str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
