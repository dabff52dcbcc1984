// What the return type implements is still to be typed.
use downloadview::download_view;

#[download_view(basename = "people.csv")]
async fn people() -> impl {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
