use std::time::SystemTime;
use downloadview::download_view;
#[download_view(last_modified = SystemTime::now())]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
