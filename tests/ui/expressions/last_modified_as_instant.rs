// An `Instant` has no date. The time of a change is a `SystemTime`.
use std::time::Instant;
use downloadview::download_view;
#[download_view(last_modified = Instant::now())]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
