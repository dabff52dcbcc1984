// A download outlives the call that answers the request, so a view cannot borrow.
use downloadview::{DownloadRequest, DownloadView, serve};
#[derive(DownloadView)]
pub struct People<'a> {
    #[download_view(content)]
    pub rows: &'a str,
}
pub async fn answer(rows: &str) {
    serve(DownloadRequest::default(), People { rows }).await;
}

fn main() {}
