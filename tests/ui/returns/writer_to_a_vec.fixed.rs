use std::io::{self, Write};
use downloadview::download_view;
#[download_view(basename = "people.csv")]
fn people() -> impl FnOnce(&mut dyn Write) -> io::Result<()> {
    |out: &mut dyn Write| out.write_all(b"id,name\n")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
