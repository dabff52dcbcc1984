use std::io;
use downloadview::{Content, download_view};
#[download_view(attachment)]
async fn people() -> io::Result<Content> {
    Content::from_path("people.csv").await
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
