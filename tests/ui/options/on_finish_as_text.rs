// `on_finish` takes a closure.
use downloadview::download_view;

#[download_view(on_finish = "log")]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
