// `Result`s and `Option`s are opened, but not without end.
use downloadview::download_view;

#[download_view(basename = "people.csv")]
async fn people() -> Option<Option<Option<Option<String>>>> {
    None
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
