// A value is still to be typed: the function, its callers and the other options are not blamed for it.
use downloadview::download_view;

#[download_view(attachment, basename = )]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
