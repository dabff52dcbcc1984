use downloadview::download_view;
use std::{io::{self, Write}, sync::Arc};

#[download_view(basename = "people.csv")]
fn people() -> impl FnOnce(&mut dyn Write) -> io::Result<()> {
    let head = Arc::new("id,name");
    move |out: &mut dyn Write| writeln!(out, "{head}")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
