use downloadview::DownloadView;
#[derive(DownloadView)]
#[download_view(basename = "{name}.csv")]
pub struct People {
    #[download_view(content)]
    pub rows: String,
    pub name: String,
}

fn main() {}
