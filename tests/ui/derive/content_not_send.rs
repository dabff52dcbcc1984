// A reader moves between threads, so its trait object is `Send`.
use downloadview::DownloadView;
use std::io::Read;

#[derive(DownloadView)]
#[download_view(basename = "people.csv")]
pub struct People {
    #[download_view(content)]
    rows: Box<dyn Read>,
}

fn main() {}
