// The option of a field is written in parentheses.
use downloadview::DownloadView;

#[derive(DownloadView)]
pub struct People {
    #[download_view(basename)]
    pub name: String,
    #[download_view]
    pub rows: String,
}

fn main() {}
