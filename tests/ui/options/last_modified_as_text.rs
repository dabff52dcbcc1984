// A time is a `SystemTime`, not text.
use downloadview::download_view;

#[download_view(last_modified = "Tue, 15 Nov 1994 08:12:31 GMT")]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
