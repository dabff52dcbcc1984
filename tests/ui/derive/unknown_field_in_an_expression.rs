// The compiler reports a field that the struct does not have.
use downloadview::DownloadView;
#[derive(DownloadView)]
#[download_view(etag = self.revision)]
pub struct Invoice {
    pub version: String,
    #[download_view(content)]
    pub rows: String,
}

fn main() {}
