// An option is set above the struct or on a field, not both.
use downloadview::DownloadView;
#[derive(DownloadView)]
#[download_view(basename = "people.csv")]
pub struct People {
    #[download_view(basename)]
    pub name: String,
    #[download_view(content)]
    pub rows: String,
}

fn main() {}
