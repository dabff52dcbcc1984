use downloadview::DownloadView;
use std::io::Read;

#[derive(DownloadView)]
#[download_view(basename = "people.csv")]
pub struct People {
    #[download_view(content)]
    rows: Box<dyn Read + Send>,
}

fn main() {}
