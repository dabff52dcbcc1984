// A timeout is a `Duration`, because a number has no unit.
use downloadview::download_view;

#[download_view(stall_timeout = 30)]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
