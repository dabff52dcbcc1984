// A content method can move to another thread at an `.await`, and an `Rc` cannot.
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
