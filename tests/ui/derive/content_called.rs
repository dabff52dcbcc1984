// `content` names a method, which the view calls for you.
use downloadview::DownloadView;
#[derive(DownloadView)]
#[download_view(content = People::rows())]
pub struct People(String);
impl People {
    fn rows(self) -> String {
        self.0
    }
}

fn main() {}
