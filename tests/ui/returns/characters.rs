// The items of a download are text or bytes, and a `char` is converted to a `String`.
use downloadview::download_view;

#[download_view(basename = "letters.txt")]
fn letters() -> impl Iterator<Item = char> {
    "abc".chars()
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(letters);
}
