// `content = …` above the struct names a method. A field has the attribute itself.
use downloadview::DownloadView;
#[derive(DownloadView)]
#[download_view(content = rows)]
pub struct People {
    pub rows: &'static str,
}

fn main() {}
