// An expression names a field as `self.field`.
use downloadview::DownloadView;
#[derive(DownloadView)]
#[download_view(etag = revision.clone())]
pub struct People {
    #[download_view(content)]
    pub rows: String,
    pub revision: String,
}

fn main() {}
