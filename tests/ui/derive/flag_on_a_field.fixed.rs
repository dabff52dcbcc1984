use downloadview::DownloadView;
#[derive(DownloadView)]
#[download_view(inline)]
pub struct People {
    #[download_view(content)]
    pub rows: String,
}

fn main() {}
