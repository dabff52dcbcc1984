// The options of a struct are written in `#[download_view(…)]`, with an underscore.
use downloadview::DownloadView;
#[derive(DownloadView)]
#[downloadview(attachment, content = rows)]
pub struct People;
impl People {
    async fn rows(self) -> &'static str {
        "id,name\n"
    }
}

fn main() {}
