// The options stand in parentheses behind the name of the attribute.
use downloadview::download_view;
#[download_view = "hello.txt"]
pub async fn hello() -> &'static str {
    "Hello!"
}

fn main() {}
