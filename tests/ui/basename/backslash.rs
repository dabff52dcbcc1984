// The name of a file is not a path, not even one of Windows.
use downloadview::download_view;

#[download_view(basename = "exports\\people.csv")]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
