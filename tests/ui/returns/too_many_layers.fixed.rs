use downloadview::download_view;

#[download_view(basename = "people.csv")]
async fn people() -> Option<String> {
    None
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
