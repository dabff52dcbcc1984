// A value is missing. The compiler does not report the function, its callers or the other options.
use downloadview::download_view;

#[download_view(attachment, basename = )]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
