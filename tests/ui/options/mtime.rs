// The time of the last change is called `last_modified`, as in HTTP.
use std::time::SystemTime;
use downloadview::download_view;
#[download_view(mtime = SystemTime::UNIX_EPOCH)]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
