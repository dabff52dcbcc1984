use std::io::{self, Write};
use downloadview::download_view;
#[download_view(basename = "people.csv")]
fn people() -> Box<dyn FnOnce(&mut dyn Write) -> io::Result<()> + Send> {
    Box::new(|out| out.write_all(b"id,name\n"))
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
