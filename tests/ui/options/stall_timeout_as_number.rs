// A span of time is a `Duration`: a number leaves open what it counts.
use downloadview::download_view;

#[download_view(stall_timeout = 30)]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
