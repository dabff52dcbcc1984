// The attribute stands above a function, not above a pointer to one.
use downloadview::download_view;
#[download_view]
pub const HELLO: fn() -> &'static str = || "Hello!";

fn main() {}
