use std::sync::mpsc;
use downloadview::download_view;
#[download_view(basename = "people.csv")]
fn people() -> impl Iterator<Item = String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || sender.send("1,Ada\n".to_owned()));
    receiver.into_iter()
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
