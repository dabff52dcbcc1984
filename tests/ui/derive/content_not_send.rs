// A reader may be read on another thread.
use downloadview::DownloadView;
use std::io::Read;

#[derive(DownloadView)]
#[download_view(basename = "people.csv")]
pub struct People {
    #[download_view(content)]
    rows: Box<dyn Read>,
}

fn main() {}
