use downloadview::download_view;

#[download_view(basename = "people.csv")]
async fn people() -> String {
    "id,name\n".repeat(1000)
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
