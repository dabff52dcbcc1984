use downloadview::DownloadView;
use std::sync::Arc;
#[derive(DownloadView)]
#[download_view(content = rows)]
pub struct People<T: Sync + ToString> {
    rows: Arc<T>,
}
impl<T: Sync + ToString> People<T> {
    fn rows(self) -> String {
        self.rows.to_string()
    }
}

fn main() {}
