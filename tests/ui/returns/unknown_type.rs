// A type that is not in scope is reported once, by the compiler.
use downloadview::download_view;

#[download_view(basename = "people.csv")]
async fn people() -> Bytes {
    "id,name\n".into()
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
