// An async closure gets a writer of its own type from `Content::from_async_writer`.
use std::io::{self, Write};
use downloadview::download_view;
#[download_view(basename = "people.csv")]
fn people() -> impl AsyncFnOnce(&mut dyn Write) -> io::Result<()> {
    async |out: &mut dyn Write| out.write_all(b"id,name\n")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
