// An error aborts the download and is logged, so its type has to be an error.
use downloadview::download_view;
use futures::stream::{self, Stream};

pub struct Lost;
#[download_view(basename = "people.csv")]
async fn people() -> impl Stream<Item = Result<String, Lost>> {
    stream::iter([Ok("id,name\n".to_owned()), Err(Lost)])
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
