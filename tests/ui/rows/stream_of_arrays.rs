// Arrays of bytes may be content or rows of a table, so the view has to choose.
use downloadview::download_view;
use futures::{Stream, stream};

#[download_view(basename = "colors.csv", attachment)]
async fn colors() -> impl Stream<Item = [u8; 3]> {
    stream::iter([[255, 0, 0], [0, 255, 0]])
}

fn main() {}
