// The trait `DownloadView` has a method of this name.
use downloadview::DownloadView;
#[derive(DownloadView)]
#[download_view(content = content)]
pub struct People(pub u32);

impl People {
    pub fn content(self) -> String { self.0.to_string() }
}

fn main() {}
