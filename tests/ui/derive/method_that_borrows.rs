// The content outlives the view, so it cannot borrow from the view.
use downloadview::DownloadView;
#[derive(DownloadView)]
#[download_view(content = rows)]
pub struct People(pub Vec<u32>);

impl People {
    fn rows(&self) -> impl Iterator<Item = String> { self.0.iter().map(u32::to_string) }
}

fn main() {}
