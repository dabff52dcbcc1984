use downloadview::DownloadView;

#[derive(DownloadView)]
#[download_view(basename = "{0}.csv")]
pub struct People(u32, #[download_view(content)] String);

fn main() {}
