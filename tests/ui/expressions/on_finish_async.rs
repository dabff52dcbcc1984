// Nobody is there to wait for a closure that runs when the download is over.
use downloadview::download_view;

#[download_view(on_finish = |outcome| async move { log(outcome).await })]
async fn people() -> &'static str {
    "id,name\n"
}
async fn log(_: downloadview::Outcome) {}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
