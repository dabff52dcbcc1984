// A content method takes `self` and nothing else.
use downloadview::DownloadView;
#[derive(DownloadView)]
#[download_view(content = rows, self.number)]
pub struct People {
    number: u32,
}
impl People {
    fn rows(&self) -> String {
        self.number.to_string()
    }
}

fn main() {}
