// Nobody knows which field of a `union` is there.
use downloadview::DownloadView;
#[derive(DownloadView)]
pub union People {
    pub id: u32,
    pub age: u32,
}

fn main() {}
