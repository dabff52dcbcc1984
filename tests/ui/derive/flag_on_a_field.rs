// An option without a value is written above the struct.
use downloadview::DownloadView;
#[derive(DownloadView)]
pub struct People {
    #[download_view(content, inline)]
    pub rows: String,
}

fn main() {}
