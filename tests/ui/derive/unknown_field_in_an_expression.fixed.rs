use downloadview::DownloadView;
#[derive(DownloadView)]
#[download_view(etag = self.version)]
pub struct Invoice {
    pub version: String,
    #[download_view(content)]
    pub rows: String,
}

fn main() {}
