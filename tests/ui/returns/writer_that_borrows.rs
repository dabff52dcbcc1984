// A writer closure runs after the view has returned, so it owns what it uses.
use std::io::{self, Write};
use downloadview::download_view;
#[download_view(basename = "people.csv")]
fn people() -> impl FnOnce(&mut dyn Write) -> io::Result<()> {
    let head = String::from("id,name");
    |out: &mut dyn Write| writeln!(out, "{head}")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
