// The receiver of a channel of the standard library is turned into an iterator.
use std::sync::mpsc;
use downloadview::download_view;
#[download_view(basename = "people.csv")]
fn people() -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || sender.send("1,Ada\n".to_owned()));
    receiver
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
