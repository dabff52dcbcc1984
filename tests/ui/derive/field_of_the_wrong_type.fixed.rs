use downloadview::DownloadView;
#[derive(DownloadView)]
pub struct People {
    #[download_view(size)]
    pub length: u64,
    #[download_view(content)]
    pub rows: String,
}

fn main() {}
