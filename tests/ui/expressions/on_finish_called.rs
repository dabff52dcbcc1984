// What is told is a closure; a call has been made before anything is sent.
use downloadview::download_view;

#[download_view(on_finish = log("people"))]
async fn people() -> &'static str {
    "id,name\n"
}
fn log(_: &str) {}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
