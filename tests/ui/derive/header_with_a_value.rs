// On a field, the field is the value of the header field.
use downloadview::DownloadView;
#[derive(DownloadView)]
pub struct People {
    #[download_view(content)]
    pub rows: String,
    #[download_view(header("X-Rows", count))]
    pub count: u32,
}

fn main() {}
