// An option is misspelt, above the struct and on a field.
use downloadview::DownloadView;
#[derive(DownloadView)]
#[download_view(atachment)]
pub struct People {
    #[download_view(contents)]
    pub rows: String,
}

fn main() {}
