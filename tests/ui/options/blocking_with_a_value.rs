// `blocking` has no value: a function runs on the blocking pool or does not.
use downloadview::download_view;

#[download_view(blocking = true)]
fn people() -> String {
    "id,name\n".repeat(1000)
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
