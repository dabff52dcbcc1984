// What `on_finish` calls is given the `Outcome` itself.
use downloadview::{Outcome, download_view};
#[download_view(on_finish = |outcome: &Outcome| println!("{outcome:?}"))]
pub async fn hello() -> &'static str {
    "Hello!"
}

fn main() {}
