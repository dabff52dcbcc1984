use downloadview::DownloadView;
#[derive(DownloadView)]
#[download_view(etag = self.revision.clone())]
pub struct People {
    #[download_view(content)]
    pub rows: String,
    pub revision: String,
}

fn main() {}
