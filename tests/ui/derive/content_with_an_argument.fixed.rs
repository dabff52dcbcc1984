use downloadview::DownloadView;
#[derive(DownloadView)]
#[download_view(content = rows)]
pub struct People {
    number: u32,
}
impl People {
    fn rows(&self) -> String {
        self.number.to_string()
    }
}

fn main() {}
