// The messages of a channel are text or bytes.
use downloadview::download_view;
use tokio::sync::mpsc;

#[download_view(basename = "ids.txt")]
async fn ids() -> mpsc::Receiver<u32> {
    let (sender, receiver) = mpsc::channel(16);
    tokio::spawn(async move { sender.send(1).await });
    receiver
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(ids);
}
