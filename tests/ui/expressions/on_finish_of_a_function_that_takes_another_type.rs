// A function that is given to `on_finish` takes an `Outcome`.
use downloadview::download_view;
fn count(bytes: u64) {
    println!("{bytes} bytes");
}
#[download_view(on_finish = count)]
pub async fn hello() -> &'static str {
    "Hello!"
}

fn main() {}
