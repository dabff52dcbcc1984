// A line break in a value would begin another header field.
use downloadview::download_view;

#[download_view(header("X-Note", "two\nlines"))]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
