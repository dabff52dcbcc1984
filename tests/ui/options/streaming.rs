// Whether a view streams is no option: it follows from what it returns.
use downloadview::download_view;

#[download_view(streaming)]
fn people() -> impl Iterator<Item = String> {
    (1..=1000).map(|id| format!("{id}\n"))
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
