use downloadview::download_view;
use tokio::sync::mpsc;
#[download_view(basename = "events.txt")]
async fn events() -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel(16);
    tokio::spawn(async move { sender.send("started\n".to_owned()).await });
    receiver
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(events);
}
