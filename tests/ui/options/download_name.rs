// What Flask calls `download_name` is the `basename`.
use downloadview::download_view;
#[download_view(download_name = "hello.txt", attachment)]
pub async fn hello() -> &'static str {
    "Hello!"
}

fn main() {}
