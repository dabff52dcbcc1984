// `crate = …` says where the library is: a path that can be used from here.
use downloadview::DownloadView;
#[derive(DownloadView)]
#[download_view(crate = library, etag = self.rows.clone())]
pub struct People {
    #[download_view(content)]
    pub rows: String,
}

fn main() {}
