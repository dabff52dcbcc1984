// The size of a view is known at compile time.
use downloadview::DownloadView;
#[derive(DownloadView)]
pub struct Page(#[download_view(content)] str);

fn main() {}
