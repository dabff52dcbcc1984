use downloadview::download_view;

#[download_view(basename = "letters.txt")]
fn letters() -> impl Iterator<Item = String> {
    "abc".chars().map(|letter| format!("{letter}\n"))
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(letters);
}
