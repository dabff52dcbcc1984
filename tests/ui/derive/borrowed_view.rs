// A file outlives the call that answers with it: a view borrows nothing.
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
