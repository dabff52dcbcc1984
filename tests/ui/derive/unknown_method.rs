// The content method is a method of the struct.
use downloadview::DownloadView;
#[derive(DownloadView)]
#[download_view(content = row)]
pub struct People(pub u32);

impl People {
    pub fn rows(self) -> String { self.0.to_string() }
}

fn main() {}
