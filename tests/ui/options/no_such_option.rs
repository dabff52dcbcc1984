// There is no such option.
use downloadview::download_view;

#[download_view(expires = "tomorrow")]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
