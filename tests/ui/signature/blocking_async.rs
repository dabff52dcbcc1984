// An `async fn` waits without a thread; `blocking` gives a thread to a plain one.
use downloadview::download_view;

#[download_view(blocking)]
async fn people() -> String {
    "id,name\n".repeat(1000)
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
