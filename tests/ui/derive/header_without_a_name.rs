// On a field, `header` takes the name of the header field.
use downloadview::DownloadView;
#[derive(DownloadView)]
pub struct People {
    #[download_view(header)]
    pub count: u32,
    #[download_view(content)]
    pub rows: String,
}

fn main() {}
