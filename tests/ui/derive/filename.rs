// `filename` of Django is called `basename`.
use downloadview::DownloadView;
#[derive(DownloadView)]
pub struct People {
    #[download_view(filename)]
    pub name: String,
    #[download_view(content)]
    pub rows: String,
}

fn main() {}
