// A boxed stream moves between threads, so its trait object is `Send`.
use downloadview::download_view;
use futures::stream::{self, Stream};

#[download_view(basename = "people.csv")]
async fn people() -> Box<dyn Stream<Item = &'static str>> {
    Box::new(stream::iter(["id,name\n", "1,Ada\n"]))
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
