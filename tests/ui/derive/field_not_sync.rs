// While an option awaits, the view is borrowed across threads.
use downloadview::DownloadView;
use std::cell::Cell;
#[derive(DownloadView)]
#[download_view(etag = revision().await)]
pub struct People {
    count: Cell<u32>,
    #[download_view(content)]
    rows: &'static str,
}
async fn revision() -> String {
    "v1".to_owned()
}

fn main() {}
