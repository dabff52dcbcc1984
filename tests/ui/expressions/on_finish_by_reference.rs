// The closure of `on_finish` takes the `Outcome` by value.
use downloadview::{Outcome, download_view};
#[download_view(on_finish = |outcome: &Outcome| println!("{outcome:?}"))]
pub async fn hello() -> &'static str {
    "Hello!"
}

fn main() {}
