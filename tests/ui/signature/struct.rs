// The attribute stands above a function.
use downloadview::download_view;

#[download_view(basename = "people.csv")]
struct People {
    rows: String,
}

fn main() {}
