// The text can only be borrowed from the program itself.
use downloadview::download_view;

#[download_view(basename = "people.csv")]
async fn people() -> &str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
