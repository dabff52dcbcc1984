// A size is a `u64`.
use downloadview::download_view;

#[download_view(size = 18446744073709551616)]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
