use downloadview::download_view;

#[download_view(on_finish = |outcome| { tokio::spawn(log(outcome)); })]
async fn people() -> &'static str {
    "id,name\n"
}
async fn log(_: downloadview::Outcome) {}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
