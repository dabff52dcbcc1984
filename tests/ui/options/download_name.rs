// `download_name` of Flask is called `basename`.
use downloadview::download_view;
#[download_view(download_name = "hello.txt", attachment)]
pub async fn hello() -> &'static str {
    "Hello!"
}

fn main() {}
