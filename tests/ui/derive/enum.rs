// A view is a struct; what an `enum` is served as is written by hand, variant by variant.
use downloadview::DownloadView;
#[derive(DownloadView)]
pub enum People {
    All,
    One(u32),
}

fn main() {}
