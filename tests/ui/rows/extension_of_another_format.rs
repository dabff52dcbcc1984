// The extension of the name selects the format of rows, and rows cannot be written as PDF.
use downloadview::download_view;

#[download_view(basename = "squares.pdf", attachment)]
async fn squares() -> impl Iterator<Item = (u32, u32)> {
    (1..=3).map(|number| (number, number * number))
}

fn main() {}
