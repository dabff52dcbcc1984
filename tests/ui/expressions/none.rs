// An option that is always `None` has no effect, and the compiler cannot infer its type.
use downloadview::download_view;
#[download_view(basename = "hello.txt", etag = None)]
pub async fn hello() -> &'static str {
    "Hello!"
}

fn main() {}
