// The name of the method is missing.
use downloadview::DownloadView;
#[derive(DownloadView)]
#[download_view(attachment, content = )]
pub struct People;
impl People {
    fn rows(&self) -> &'static str {
        "id,name\n"
    }
}

fn main() {}
