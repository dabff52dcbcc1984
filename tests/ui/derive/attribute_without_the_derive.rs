// On a struct, the options belong to the derive.
use downloadview::download_view;
#[download_view(basename = "people.csv")]
pub struct People {
    pub rows: String,
}

fn main() {}
