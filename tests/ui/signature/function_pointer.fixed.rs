use downloadview::download_view;
#[download_view]
pub fn hello() -> &'static str {
    "Hello!"
}

fn main() {}
