// A view has one content, from a method or from a field.
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
