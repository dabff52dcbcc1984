// The fields of a tuple struct are counted from 0.
use downloadview::DownloadView;

#[derive(DownloadView)]
#[download_view(basename = "{2}.csv")]
pub struct People(u32, #[download_view(content)] String);

fn main() {}
