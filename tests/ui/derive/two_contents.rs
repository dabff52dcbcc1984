// A view has one content.
use downloadview::DownloadView;
#[derive(DownloadView)]
pub struct People {
    #[download_view(content)]
    pub head: String,
    #[download_view(content)]
    pub rows: String,
}

fn main() {}
