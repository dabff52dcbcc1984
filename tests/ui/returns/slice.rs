// A function returns what has a size: bytes of its own, or a reference to them.
use downloadview::download_view;

#[download_view(basename = "people.csv")]
async fn people() -> [u8] {
    b"id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
