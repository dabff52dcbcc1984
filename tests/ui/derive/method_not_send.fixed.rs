use downloadview::DownloadView;
use std::sync::Arc;
#[derive(DownloadView)]
#[download_view(content = rows)]
pub struct People;
impl People {
    async fn rows(self) -> String {
        let rows = Arc::new("id,name\n");
        std::future::ready(()).await;
        rows.to_string()
    }
}

fn main() {}
