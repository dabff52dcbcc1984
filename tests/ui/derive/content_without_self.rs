// A content method takes `self`, because it produces the content of one view.
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
