use downloadview::DownloadView;

#[derive(DownloadView)]
pub struct People {
    #[download_view(basename)]
    pub name: String,
    #[download_view(content)]
    pub rows: String,
}

fn main() {}
