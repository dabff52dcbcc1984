use downloadview::download_view;

#[download_view(basename = "ids.txt")]
fn ids() -> Box<dyn Iterator<Item = String> + Send> {
    Box::new((1..=1000).map(|id| format!("{id}\n")))
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(ids);
}
