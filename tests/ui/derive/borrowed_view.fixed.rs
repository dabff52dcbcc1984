use downloadview::{DownloadRequest, DownloadView, serve};
#[derive(DownloadView)]
pub struct People {
    #[download_view(content)]
    pub rows: String,
}
pub async fn answer(rows: &str) {
    let rows = rows.to_owned();
    serve(DownloadRequest::default(), People { rows }).await;
}

fn main() {}
