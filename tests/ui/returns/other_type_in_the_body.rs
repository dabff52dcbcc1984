// What the body gives is not what the function says: rustc's own words, at the value.
use downloadview::download_view;

#[download_view(basename = "people.csv")]
async fn people() -> String {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
