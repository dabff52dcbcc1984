use downloadview::download_view;

#[download_view(basename = "people.csv")]
fn people() -> impl Iterator<Item = String> {
    let text = "id,name\n1,Ada\n".to_owned();
    text.lines().map(str::to_owned).collect::<Vec<_>>().into_iter()
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
