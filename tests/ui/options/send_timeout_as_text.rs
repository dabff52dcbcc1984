// A timeout is a `Duration`.
use downloadview::download_view;

#[download_view(send_timeout = "60s")]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
