// The value of a misspelt option is checked as well.
use downloadview::download_view;

#[download_view(filename = "exports/people.csv", content_typ = "csv")]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
