use downloadview::DownloadView;
#[derive(DownloadView)]
#[download_view(content = count)]
pub struct People(pub u32);

impl People {
    async fn count(self) -> String { self.0.to_string() }
}

fn main() {}
