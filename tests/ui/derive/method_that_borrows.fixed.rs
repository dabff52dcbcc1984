use downloadview::DownloadView;
#[derive(DownloadView)]
#[download_view(content = rows)]
pub struct People(pub Vec<u32>);

impl People {
    fn rows(self) -> impl Iterator<Item = String> { self.0.into_iter().map(|id| id.to_string()) }
}

fn main() {}
