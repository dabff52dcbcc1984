// A receiver of a broadcast channel is not a stream. An `mpsc` receiver can be returned as it is.
use downloadview::download_view;
use tokio::sync::broadcast;
#[download_view(basename = "events.txt")]
async fn events() -> broadcast::Receiver<String> {
    let (sender, receiver) = broadcast::channel(16);
    tokio::spawn(async move { sender.send("started\n".to_owned()) });
    receiver
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(events);
}
