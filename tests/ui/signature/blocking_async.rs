// `blocking` runs a plain function on the blocking pool. An `async fn` does not block.
use downloadview::download_view;

#[download_view(blocking)]
async fn people() -> String {
    "id,name\n".repeat(1000)
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
