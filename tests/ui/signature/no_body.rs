// What is downloaded comes from the function's body.
use downloadview::download_view;

#[download_view]
async fn people() -> &'static str;

fn main() {}
