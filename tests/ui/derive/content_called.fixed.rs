use downloadview::DownloadView;
#[derive(DownloadView)]
#[download_view(content = rows)]
pub struct People(String);
impl People {
    fn rows(self) -> String {
        self.0
    }
}

fn main() {}
