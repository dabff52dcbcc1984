// An expression that ends with a dot is incomplete.
use downloadview::DownloadView;
#[derive(DownloadView)]
#[download_view(etag = self., attachment)]
pub struct People {
    revision: u32,
    #[download_view(content)]
    rows: &'static str,
}

fn main() {}
