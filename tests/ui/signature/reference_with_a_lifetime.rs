// A view outlives the request, from which it cannot borrow for any lifetime.
use downloadview::download_view;
#[download_view]
pub async fn echo<'a>(name: &'a str) -> String {
    name.to_owned()
}

fn main() {}
