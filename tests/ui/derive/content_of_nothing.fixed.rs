use downloadview::DownloadView;
#[derive(DownloadView)]
#[download_view(attachment, content = rows)]
pub struct People;
impl People {
    fn rows(&self) -> String {
        "id,name\n".to_owned()
    }
}

fn main() {}
