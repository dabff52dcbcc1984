// What is no value stands above the struct.
use downloadview::DownloadView;
#[derive(DownloadView)]
pub struct People {
    #[download_view(content, inline)]
    pub rows: String,
}

fn main() {}
