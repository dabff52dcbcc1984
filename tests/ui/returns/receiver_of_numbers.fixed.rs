use downloadview::download_view;
use tokio::sync::mpsc;

#[download_view(basename = "ids.txt")]
async fn ids() -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel(16);
    tokio::spawn(async move { sender.send(format!("{}\n", 1)).await });
    receiver
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(ids);
}
