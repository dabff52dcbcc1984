use downloadview::{Rows, download_view};
use futures::stream;

#[download_view(basename = "colors.csv", attachment)]
async fn colors() -> Rows {
    let colors = stream::iter([[255, 0, 0], [0, 255, 0]]);
    Rows::stream(colors).columns(["red", "green", "blue"])
}

fn main() {}
