// The derive is for structs. For an `enum`, the trait is implemented by hand.
use downloadview::DownloadView;
#[derive(DownloadView)]
pub enum People {
    All,
    One(u32),
}

fn main() {}
