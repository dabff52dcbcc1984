// The return type is missing.
use downloadview::download_view;

#[download_view(basename = "people.csv")]
async fn people() -> {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
