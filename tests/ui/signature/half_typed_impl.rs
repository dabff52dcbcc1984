// The trait of the return type is missing.
use downloadview::download_view;

#[download_view(basename = "people.csv")]
async fn people() -> impl {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
