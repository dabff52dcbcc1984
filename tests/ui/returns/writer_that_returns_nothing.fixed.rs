use downloadview::download_view;
use std::io::{self, Write};

#[download_view(basename = "people.csv")]
fn people() -> impl FnOnce(&mut dyn Write) -> io::Result<()> {
    |out: &mut dyn Write| writeln!(out, "id,name")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
