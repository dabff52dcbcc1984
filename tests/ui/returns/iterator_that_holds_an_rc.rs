// An iterator moves between threads, with everything that it has captured.
use downloadview::download_view;

#[download_view(basename = "ids.txt")]
fn ids() -> impl Iterator<Item = String> {
    let prefix = std::rc::Rc::new("id ");
    (1..=1000).map(move |id| format!("{prefix}{id}\n"))
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(ids);
}
