// In a macro, the part that its caller wrote is underlined.
use downloadview::DownloadView;
macro_rules! page {
    ($name:ident, $basename:expr) => {
        #[derive(DownloadView)]
        #[download_view(basename = $basename)]
        pub struct $name(#[download_view(content)] &'static str);
    };
}
page!(Terms, 2);

fn main() {}
