use downloadview::download_view;
#[download_view(basename = "hello.txt")]
pub async fn hello() -> &'static str {
    "Hello!"
}

fn main() {}
