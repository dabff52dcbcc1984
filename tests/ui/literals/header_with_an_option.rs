// What an option stands for is not set a second time.
use downloadview::download_view;

#[download_view(header("Content-Type", "text/csv"))]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
