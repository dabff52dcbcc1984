use downloadview::DownloadView;
#[derive(DownloadView)]
pub struct People {
    #[download_view(content)]
    pub rows: String,
    #[download_view(header("X-Rows"))]
    pub count: u32,
}

fn main() {}
