// A future has a value once it is awaited.
use downloadview::download_view;

async fn revision() -> String {
    "v1".to_owned()
}
#[download_view(etag = revision())]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
