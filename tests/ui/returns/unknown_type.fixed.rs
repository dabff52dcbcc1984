use axum::body::Bytes;
use downloadview::download_view;

#[download_view(basename = "people.csv")]
async fn people() -> Bytes {
    "id,name\n".into()
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
