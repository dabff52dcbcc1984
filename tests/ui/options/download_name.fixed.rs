use downloadview::download_view;
#[download_view(basename = "hello.txt", attachment)]
pub async fn hello() -> &'static str {
    "Hello!"
}

fn main() {}
