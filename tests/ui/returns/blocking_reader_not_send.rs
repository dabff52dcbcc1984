// A reader moves between threads, even if a plain function returns it.
use downloadview::download_view;
use std::io::Read;

#[download_view(blocking)]
fn zeros() -> Box<dyn Read> {
    Box::new(std::io::repeat(0).take(1000))
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(zeros);
}
