// What is to happen in the end is a closure; a block would happen before the download.
use downloadview::download_view;
#[download_view(basename = "hello.txt", on_finish = { println!("sent") })]
pub async fn hello() -> &'static str {
    "Hello!"
}

fn main() {}
