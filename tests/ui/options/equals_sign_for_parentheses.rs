// Options are written in parentheses after the name of the attribute.
use downloadview::download_view;
#[download_view = "hello.txt"]
pub async fn hello() -> &'static str {
    "Hello!"
}

fn main() {}
