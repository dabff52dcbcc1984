use downloadview::download_view;

#[download_view(basename = "people.csv")]
async fn people() -> std::io::Result<Vec<u8>> {
    std::fs::read("people.csv")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
