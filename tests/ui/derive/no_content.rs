// A view has content, from a method or from a field.
use downloadview::DownloadView;
#[derive(DownloadView)]
#[download_view(basename = "people.csv")]
pub struct People {
    pub rows: String,
}

fn main() {}
