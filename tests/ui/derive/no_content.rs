// A view has content: a method makes it, or a field holds it.
use downloadview::DownloadView;
#[derive(DownloadView)]
#[download_view(basename = "people.csv")]
pub struct People {
    pub rows: String,
}

fn main() {}
