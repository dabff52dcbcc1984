// A timeout is a `Duration`, because a number has no unit.
use axum::extract::Path;
use downloadview::download_view;

#[download_view(stall_timeout = *seconds)]
async fn people(Path(seconds): Path<u64>) -> String {
    format!("{seconds}\n")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
