// On a field, an option has no value, because the field is the value.
use downloadview::DownloadView;
#[derive(DownloadView)]
pub struct People {
    #[download_view(basename = "people.csv")]
    pub name: String,
    #[download_view(content)]
    pub rows: String,
}

fn main() {}
