// The derive is for structs. For a `union`, the trait is implemented by hand.
use downloadview::DownloadView;
#[derive(DownloadView)]
pub union People {
    pub id: u32,
    pub age: u32,
}

fn main() {}
