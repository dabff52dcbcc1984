use std::io;

use downloadview::download_view;

#[download_view(basename = "squares.csv", attachment)]
async fn squares() -> Vec<Result<(u32, u32), io::Error>> {
    vec![Ok((1, 1)), Ok((2, 4))]
}

fn main() {}
