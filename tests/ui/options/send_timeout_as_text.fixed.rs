use std::time::Duration;
use downloadview::download_view;
#[download_view(send_timeout = Duration::from_secs(60))]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
