// All mistakes are reported at once.
use downloadview::DownloadView;
#[derive(DownloadView)]
#[download_view(etag = "v 1", basename = "{nmae}")]
pub struct People {
    pub name: String,
    #[download_view(size)]
    pub size: i32,
    #[download_view(content)]
    pub rows: Vec<String>,
}

fn main() {}
