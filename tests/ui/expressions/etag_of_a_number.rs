// An entity tag is text, so a number is converted.
use axum::extract::Path;
use downloadview::download_view;
#[download_view(etag = *revision)]
async fn people(Path(revision): Path<u32>) -> String {
    format!("{revision}\n")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
