// For a struct, the attribute is used with the derive.
use downloadview::download_view;

#[download_view(basename = "people.csv")]
struct People {
    rows: String,
}

fn main() {}
