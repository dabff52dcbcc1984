// A view outlives the request, so it cannot borrow from the request for any lifetime.
use downloadview::download_view;
#[download_view]
pub async fn echo<'a>(name: &'a str) -> String {
    name.to_owned()
}

fn main() {}
