// An `async fn` waits without a thread; `blocking` gives a thread to a plain one.
use downloadview::DownloadView;
#[derive(DownloadView)]
#[download_view(content = rows, blocking)]
pub struct People(pub u32);

impl People {
    async fn rows(self) -> String { self.0.to_string() }
}

fn main() {}
