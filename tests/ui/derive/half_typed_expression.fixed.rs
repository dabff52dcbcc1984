use downloadview::DownloadView;
#[derive(DownloadView)]
#[download_view(etag = self.revision.to_string(), attachment)]
pub struct People {
    revision: u32,
    #[download_view(content)]
    rows: &'static str,
}

fn main() {}
