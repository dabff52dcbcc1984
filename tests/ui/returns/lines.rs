// `lines` borrows from the text that it reads.
use downloadview::download_view;

#[download_view(basename = "people.csv")]
fn people() -> impl Iterator<Item = &'static str> {
    let text = "id,name\n1,Ada\n".to_owned();
    text.lines()
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
