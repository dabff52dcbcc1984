// A writer closure runs on the blocking pool, with everything that it has captured.
use downloadview::download_view;
use std::{io::{self, Write}, rc::Rc};

#[download_view(basename = "people.csv")]
fn people() -> impl FnOnce(&mut dyn Write) -> io::Result<()> {
    let head = Rc::new("id,name");
    move |out: &mut dyn Write| writeln!(out, "{head}")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
