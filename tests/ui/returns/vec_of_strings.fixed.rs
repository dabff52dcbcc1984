use downloadview::download_view;

#[download_view(basename = "people.csv")]
fn people() -> impl Iterator<Item = String> {
    vec!["id,name\n".to_owned(), "1,Ada\n".to_owned()].into_iter()
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
