use downloadview::DownloadView;
#[derive(DownloadView)]
pub struct People {
    #[download_view(header("X-Count"))]
    pub count: u32,
    #[download_view(content)]
    pub rows: String,
}

fn main() {}
