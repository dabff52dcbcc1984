// Streaming is not an option: it follows from the return type.
use downloadview::download_view;

#[download_view(streaming)]
fn people() -> impl Iterator<Item = String> {
    (1..=1000).map(|id| format!("{id}\n"))
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
