// The closure of `on_finish` is called when the download is over, and nothing awaits its result.
use downloadview::download_view;

#[download_view(on_finish = |outcome| async move { log(outcome).await })]
async fn people() -> &'static str {
    "id,name\n"
}
async fn log(_: downloadview::Outcome) {}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
