// On a field, a header field has the value that the field holds.
use downloadview::DownloadView;
#[derive(DownloadView)]
pub struct People {
    #[download_view(content)]
    pub rows: String,
    #[download_view(header("X-Rows", count))]
    pub count: u32,
}

fn main() {}
