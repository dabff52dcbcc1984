// All mistakes are reported at once.
use downloadview::download_view;

#[download_view(filename = "people.csv", atachment, etag = "v 1", size = "8")]
async fn people() -> u32 {
    2
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
