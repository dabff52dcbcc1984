// Where the content is a field, nothing runs that could block.
use downloadview::DownloadView;
#[derive(DownloadView)]
#[download_view(blocking)]
pub struct People {
    #[download_view(content)]
    pub rows: String,
}

fn main() {}
