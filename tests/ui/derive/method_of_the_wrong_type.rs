// A content method has the return types of a function.
use downloadview::DownloadView;
#[derive(DownloadView)]
#[download_view(content = count)]
pub struct People(pub u32);

impl People {
    async fn count(self) -> u32 { self.0 }
}

fn main() {}
