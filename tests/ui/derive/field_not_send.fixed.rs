use downloadview::DownloadView;
use std::sync::Arc;
#[derive(DownloadView)]
#[download_view(content = rows)]
pub struct People {
    rows: Arc<str>,
}
impl People {
    async fn rows(self) -> String {
        self.rows.to_string()
    }
}

fn main() {}
