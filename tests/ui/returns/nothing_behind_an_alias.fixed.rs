use downloadview::download_view;

type Done = std::io::Result<Vec<u8>>;

#[download_view(basename = "people.csv")]
async fn people() -> Done {
    std::fs::read("people.csv")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
