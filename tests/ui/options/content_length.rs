// The size of a file is set by `size`.
use downloadview::download_view;

#[download_view(content_length = 8)]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
