// A view unwraps up to three nested `Result`s and `Option`s.
use downloadview::download_view;

#[download_view(basename = "people.csv")]
async fn people() -> Option<Option<Option<Option<String>>>> {
    None
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
