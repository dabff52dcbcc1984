// An option can be given once.
use downloadview::download_view;

#[download_view(basename = "people.csv", attachment, basename = "persons.csv")]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
