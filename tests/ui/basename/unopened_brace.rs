// A `}` ends the name of an argument. A brace in the name of the file is doubled.
use downloadview::download_view;

#[download_view(basename = "people}.csv")]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
