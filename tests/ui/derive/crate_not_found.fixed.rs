use downloadview::DownloadView;
#[derive(DownloadView)]
#[download_view(crate = downloadview, etag = self.rows.clone())]
pub struct People {
    #[download_view(content)]
    pub rows: String,
}

fn main() {}
