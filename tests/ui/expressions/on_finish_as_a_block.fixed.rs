use downloadview::download_view;
#[download_view(basename = "hello.txt", on_finish = |_| println!("sent"))]
pub async fn hello() -> &'static str {
    "Hello!"
}

fn main() {}
