// The content in a field has the types that a function can return.
use downloadview::DownloadView;
#[derive(DownloadView)]
pub struct People {
    #[download_view(content)]
    pub count: Option<u32>,
}

fn main() {}
