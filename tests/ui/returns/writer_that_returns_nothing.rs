// A writer closure can fail, so it returns a `Result`.
use downloadview::download_view;
use std::io::Write;

#[download_view(basename = "people.csv")]
fn people() -> impl FnOnce(&mut dyn Write) {
    |out: &mut dyn Write| writeln!(out, "id,name").unwrap()
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
