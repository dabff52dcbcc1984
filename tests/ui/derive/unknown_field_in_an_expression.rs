// Expressions see the view as `self`: a field that it has not is rustc's to tell.
use downloadview::DownloadView;
#[derive(DownloadView)]
#[download_view(etag = self.revision)]
pub struct Invoice {
    pub version: String,
    #[download_view(content)]
    pub rows: String,
}

fn main() {}
