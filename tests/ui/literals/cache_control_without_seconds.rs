// `max-age` is a number of seconds.
use downloadview::download_view;

#[download_view(cache_control = "public, max-age=1h")]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
