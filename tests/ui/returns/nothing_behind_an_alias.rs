// A view that returns nothing would be an empty file.
use downloadview::download_view;

type Done = std::io::Result<()>;

#[download_view(basename = "people.csv")]
async fn people() -> Done {
    std::fs::read("people.csv").map(|_| ())
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
