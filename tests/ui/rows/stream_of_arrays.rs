// Arrays of bytes are the bytes of a file or a table, and only the view knows.
use downloadview::download_view;
use futures::{Stream, stream};

#[download_view(basename = "colors.csv", attachment)]
async fn colors() -> impl Stream<Item = [u8; 3]> {
    stream::iter([[255, 0, 0], [0, 255, 0]])
}

fn main() {}
