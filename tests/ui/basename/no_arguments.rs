// A `{name}` in a basename is an argument of the function, but this function has none.
use downloadview::download_view;

#[download_view(basename = "people-{year}.csv")]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
