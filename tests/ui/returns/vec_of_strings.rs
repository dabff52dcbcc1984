// A `Vec` is a collection. An iterator over it can be sent.
use downloadview::download_view;

#[download_view(basename = "people.csv")]
fn people() -> Vec<String> {
    vec!["id,name\n".to_owned(), "1,Ada\n".to_owned()]
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
