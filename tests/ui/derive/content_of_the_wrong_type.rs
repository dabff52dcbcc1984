// What a field holds is something to download.
use downloadview::DownloadView;
#[derive(DownloadView)]
pub struct People {
    #[download_view(content)]
    pub count: Option<u32>,
}

fn main() {}
