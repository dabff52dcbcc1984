use downloadview::DownloadView;
#[derive(DownloadView)]
#[download_view(basename = "invoice-{number}.csv")]
pub struct Invoice {
    pub number: u32,
    #[download_view(content)]
    pub rows: String,
}

fn main() {}
