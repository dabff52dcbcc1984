use downloadview::download_view;

#[download_view(on_finish = |_| log("people"))]
async fn people() -> &'static str {
    "id,name\n"
}
fn log(_: &str) {}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
