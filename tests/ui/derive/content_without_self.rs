// The content is that of one view: its method takes `self`.
use downloadview::DownloadView;
#[derive(DownloadView)]
#[download_view(attachment, content = rows)]
pub struct People;
impl People {
    fn rows() -> &'static str {
        "id,name\n"
    }
}

fn main() {}
