// Whether the method is async shows in the method.
use downloadview::DownloadView;
#[derive(DownloadView)]
#[download_view(attachment, content = async rows)]
pub struct People;
impl People {
    fn rows(&self) -> &'static str {
        "id,name\n"
    }
}

fn main() {}
