// A returned value has a size that is known at compile time: owned bytes, or a reference to bytes.
use downloadview::download_view;

#[download_view(basename = "people.csv")]
async fn people() -> [u8] {
    b"id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
