use downloadview::DownloadView;
#[derive(DownloadView)]
#[download_view(basename = "people.csv")]
pub struct People {
    #[download_view(content)]
    pub rows: String,
}

fn main() {}
