// `on_finish` takes a closure. A block would run before the download.
use downloadview::download_view;
#[download_view(basename = "hello.txt", on_finish = { println!("sent") })]
pub async fn hello() -> &'static str {
    "Hello!"
}

fn main() {}
