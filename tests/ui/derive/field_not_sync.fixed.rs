use downloadview::DownloadView;
use std::sync::Mutex;
#[derive(DownloadView)]
#[download_view(etag = revision().await)]
pub struct People {
    count: Mutex<u32>,
    #[download_view(content)]
    rows: &'static str,
}
async fn revision() -> String {
    "v1".to_owned()
}

fn main() {}
