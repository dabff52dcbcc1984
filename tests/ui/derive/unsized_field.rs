// A view is handed on, so its size is known.
use downloadview::DownloadView;
#[derive(DownloadView)]
pub struct Page(#[download_view(content)] str);

fn main() {}
