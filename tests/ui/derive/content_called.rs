// `content` takes the name of a method. The view calls the method.
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
