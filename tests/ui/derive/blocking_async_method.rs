// `blocking` runs a plain method on the blocking pool. An `async fn` does not block.
use downloadview::DownloadView;
#[derive(DownloadView)]
#[download_view(content = rows, blocking)]
pub struct People(pub u32);

impl People {
    async fn rows(self) -> String { self.0.to_string() }
}

fn main() {}
