// A method that returns nothing would be an empty file.
use downloadview::DownloadView;
#[derive(DownloadView)]
#[download_view(attachment, content = rows)]
pub struct People;
impl People {
    fn rows(&self) -> () {
        "id,name\n".to_owned();
    }
}

fn main() {}
