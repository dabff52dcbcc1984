// `on_finish` takes a closure. A call would run before the download.
use downloadview::download_view;

#[download_view(on_finish = log("people"))]
async fn people() -> &'static str {
    "id,name\n"
}
fn log(_: &str) {}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
