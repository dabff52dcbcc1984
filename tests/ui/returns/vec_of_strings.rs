// A `Vec` of rows is no iterator before somebody asks for one.
use downloadview::download_view;

#[download_view(basename = "people.csv")]
fn people() -> Vec<String> {
    vec!["id,name\n".to_owned(), "1,Ada\n".to_owned()]
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
