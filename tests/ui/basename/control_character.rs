// No file can be saved under a name with a line break in it.
use downloadview::download_view;

#[download_view(basename = "people\n.csv")]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
