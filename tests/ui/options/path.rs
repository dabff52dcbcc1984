// A view returns the file. The name of the download is its `basename`.
use downloadview::download_view;

#[download_view(path = "exports/people.csv")]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
