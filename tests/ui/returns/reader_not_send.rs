// A reader moves between threads, so its trait object is `Send`.
use downloadview::download_view;
use std::io::Read;

#[download_view(basename = "zeros.bin")]
async fn zeros() -> Box<dyn Read> {
    Box::new(std::io::repeat(0).take(1000))
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(zeros);
}
