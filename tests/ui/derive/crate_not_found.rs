// `crate = …` is the path of the library, as seen from this module.
use downloadview::DownloadView;
#[derive(DownloadView)]
#[download_view(crate = library, etag = self.rows.clone())]
pub struct People {
    #[download_view(content)]
    pub rows: String,
}

fn main() {}
