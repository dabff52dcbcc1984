use downloadview::DownloadView;
#[derive(DownloadView)]
pub struct People {
    #[download_view(content)]
    pub count: Option<String>,
}

fn main() {}
