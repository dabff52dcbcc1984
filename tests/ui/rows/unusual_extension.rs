// A name with an unknown extension needs a format.
use downloadview::download_view;

#[download_view(basename = "squares.dat", attachment)]
async fn squares() -> Vec<(u32, u32)> {
    vec![(1, 1), (2, 4)]
}

fn main() {}
