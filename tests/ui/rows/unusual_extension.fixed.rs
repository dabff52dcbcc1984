use downloadview::{Format, Rows, download_view};

#[download_view(basename = "squares.dat", attachment)]
async fn squares() -> Rows {
    Rows::new(vec![(1, 1), (2, 4)]).format(Format::Tsv)
}

fn main() {}
