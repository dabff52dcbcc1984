use downloadview::download_view;
fn count(bytes: u64) {
    println!("{bytes} bytes");
}
#[download_view(on_finish = |outcome| count(outcome.bytes))]
pub async fn hello() -> &'static str {
    "Hello!"
}

fn main() {}
