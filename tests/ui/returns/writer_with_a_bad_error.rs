// An error aborts the download and is logged, so its type has to be an error.
use downloadview::download_view;
use std::io::Write;

#[download_view(basename = "people.csv")]
fn people() -> impl FnOnce(&mut dyn Write) -> Result<(), u32> {
    |out: &mut dyn Write| writeln!(out, "id,name").map_err(|_| 1)
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
