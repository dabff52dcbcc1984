// A view has one content: that of a method, or that of a field.
use downloadview::DownloadView;
#[derive(DownloadView)]
#[download_view(content = rows)]
pub struct People {
    #[download_view(content)]
    pub text: String,
}
impl People {
    pub fn rows(self) -> String { self.text }
}

fn main() {}
