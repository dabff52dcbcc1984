// A view moves between threads, and so do its fields.
use downloadview::DownloadView;
use std::rc::Rc;
#[derive(DownloadView)]
#[download_view(content = rows)]
pub struct People {
    rows: Rc<str>,
}
impl People {
    async fn rows(self) -> String {
        self.rows.to_string()
    }
}

fn main() {}
