// A writer closure writes to the download, which is a `&mut dyn Write`.
use downloadview::download_view;

#[download_view(basename = "people.csv")]
fn people() -> impl FnOnce(&mut Vec<u8>) {
    |out: &mut Vec<u8>| out.extend(b"id,name\n")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
