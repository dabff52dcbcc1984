// A field has the type that its option takes.
use downloadview::DownloadView;
#[derive(DownloadView)]
pub struct People {
    #[download_view(size)]
    pub length: usize,
    #[download_view(content)]
    pub rows: String,
}

fn main() {}
