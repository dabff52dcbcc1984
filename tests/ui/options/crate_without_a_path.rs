// `crate` takes the path of the library.
use downloadview::download_view;

#[download_view(crate)]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
