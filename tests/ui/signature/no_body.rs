// The body of the function produces the content.
use downloadview::download_view;

#[download_view]
async fn people() -> &'static str;

fn main() {}
