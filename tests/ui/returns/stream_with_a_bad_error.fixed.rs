use downloadview::download_view;
use futures::stream::{self, Stream};
use std::io;

#[download_view(basename = "people.csv")]
async fn people() -> impl Stream<Item = Result<String, io::Error>> {
    stream::iter([Ok("id,name\n".to_owned()), Err(io::Error::other("lost"))])
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
