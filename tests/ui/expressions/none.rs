// An option that is always `None` says nothing, and nobody knows what type it is of.
use downloadview::download_view;
#[download_view(basename = "hello.txt", etag = None)]
pub async fn hello() -> &'static str {
    "Hello!"
}

fn main() {}
