// `blocking` is for a content method. A field needs no thread.
use downloadview::DownloadView;
#[derive(DownloadView)]
#[download_view(blocking)]
pub struct People {
    #[download_view(content)]
    pub rows: String,
}

fn main() {}
