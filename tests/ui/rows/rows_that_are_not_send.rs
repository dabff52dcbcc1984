// Rows are written by another thread, so they are `Send`.
use std::rc::Rc;

use downloadview::download_view;

#[download_view(basename = "squares.csv", attachment)]
fn squares() -> impl Iterator<Item = (u32, u32)> {
    let factor = Rc::new(2);
    (1..=3).map(move |number| (number, number * *factor))
}

fn main() {}
