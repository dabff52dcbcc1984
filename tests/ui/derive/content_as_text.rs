// `content` takes the name of a method without quotes.
use downloadview::DownloadView;
#[derive(DownloadView)]
#[download_view(content = "rows")]
pub struct People(pub u32);

impl People {
    pub fn rows(self) -> String { self.0.to_string() }
}

fn main() {}
