use downloadview::DownloadView;
#[derive(DownloadView)]
#[download_view(etag = "v1", basename = "{name}")]
pub struct People {
    pub name: String,
    #[download_view(size)]
    pub size: u64,
    #[download_view(content)]
    pub rows: String,
}

fn main() {}
