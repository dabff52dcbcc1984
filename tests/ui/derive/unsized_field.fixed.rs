use downloadview::DownloadView;
#[derive(DownloadView)]
pub struct Page(#[download_view(content)] String);

fn main() {}
