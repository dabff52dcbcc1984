use downloadview::DownloadView;
#[derive(DownloadView)]
#[download_view(content = rows)]
pub struct People {
    pub text: String,
}
impl People {
    pub fn rows(self) -> String { self.text }
}

fn main() {}
