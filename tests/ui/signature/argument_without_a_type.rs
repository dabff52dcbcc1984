// An argument has a type, which is its extractor.
use downloadview::download_view;

#[download_view(basename = "people.csv")]
async fn people(id) -> String {
    format!("id,name\n{id},Ada\n")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
