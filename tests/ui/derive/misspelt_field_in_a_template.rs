// A `{name}` in a basename is a field of the struct.
use downloadview::DownloadView;
#[derive(DownloadView)]
#[download_view(basename = "invoice-{nubmer}.csv")]
pub struct Invoice {
    pub number: u32,
    #[download_view(content)]
    pub rows: String,
}

fn main() {}
