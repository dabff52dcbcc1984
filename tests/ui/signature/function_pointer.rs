// The attribute can only be applied to functions, not to pointers to functions.
use downloadview::download_view;
#[download_view]
pub const HELLO: fn() -> &'static str = || "Hello!";

fn main() {}
