// The content method may go to another thread wherever it waits; an `Rc` may not.
use downloadview::DownloadView;
use std::rc::Rc;
#[derive(DownloadView)]
#[download_view(content = rows)]
pub struct People;
impl People {
    async fn rows(self) -> String {
        let rows = Rc::new("id,name\n");
        std::future::ready(()).await;
        rows.to_string()
    }
}

fn main() {}
