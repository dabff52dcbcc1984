// A path is not a file. `Content::from_path` opens the file.
use std::path::Path;
use downloadview::download_view;
#[download_view(attachment)]
async fn people() -> &'static Path {
    Path::new("people.csv")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
