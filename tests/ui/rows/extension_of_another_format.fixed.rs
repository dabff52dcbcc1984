use downloadview::download_view;

#[download_view(basename = "squares.csv", attachment)]
async fn squares() -> impl Iterator<Item = (u32, u32)> {
    (1..=3).map(|number| (number, number * number))
}

fn main() {}
