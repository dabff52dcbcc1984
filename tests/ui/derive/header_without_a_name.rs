// The value of a header field is the field; its name is still to be said.
use downloadview::DownloadView;
#[derive(DownloadView)]
pub struct People {
    #[download_view(header)]
    pub count: u32,
    #[download_view(content)]
    pub rows: String,
}

fn main() {}
