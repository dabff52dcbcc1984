// A closure without its body is incomplete.
use downloadview::download_view;

#[download_view(on_finish = |outcome|)]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
